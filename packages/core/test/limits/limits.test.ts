/** Every limit on what a peer may make a connection hold or do, in every state in which it could. `docs/limits.md` lists them. */
import { describe, expect, test } from "vitest";
import type { ServerConnection } from "../../src/connection/contract.ts";
import { CLOSE, PING, TEXT } from "../../src/frame/opcode.ts";
import type { ConnectionOptions } from "../../src/options.ts";
import { closePayload, masked, openingHead, utf8 } from "../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../src/testing/recorder.ts";
import { newClient, newServer, openServer, type Stage, when } from "../connection/story.ts";
import { openSlow } from "../slow-server.ts";

const fragment = (opcode: number, payload: Uint8Array | string): Uint8Array =>
  masked(opcode, payload, { fin: false });
const close = masked(CLOSE, closePayload(1000));
const violations = (story: readonly string[]): string[] =>
  story.filter((line) => line.startsWith("onViolation"));
const codes = (story: readonly string[]): string[] =>
  violations(story).map((line) => line.slice("onViolation ".length));

/** The states in which frames are read, and how to get there. */
const reading: [
  path: string,
  reach: (options: Partial<ConnectionOptions>) => Stage<ServerConnection>,
][] = [
  ["open", (options) => openServer(options)],
  [
    "closing.draining",
    (options) => {
      const made = openSlow(options);
      made.connection.sendText("slow");
      made.connection.close(1000);
      made.end.take();
      return made;
    },
  ],
  [
    "closing.awaitingClose",
    (options) => {
      const made = openServer(options);
      made.connection.close(1000);
      made.end.take();
      return made;
    },
  ],
];

describe.each(reading)("in %s", (path, reach) => {
  const rows: [
    limit: string,
    options: Partial<ConnectionOptions>,
    fits: Uint8Array[],
    breaks: Uint8Array[],
    code: string,
  ][] = [
    [
      "maxMessageSize, in one frame",
      { maxMessageSize: 10 },
      [masked(2, new Uint8Array(10))],
      [masked(2, new Uint8Array(11)).slice(0, 6)],
      "message-too-big",
    ],
    [
      "maxMessageSize, over fragments",
      { maxMessageSize: 10 },
      [fragment(2, new Uint8Array(5)), masked(0, new Uint8Array(5))],
      [fragment(2, new Uint8Array(5)), masked(0, new Uint8Array(6)).slice(0, 6)],
      "message-too-big",
    ],
    [
      "maxFragments, of one octet",
      { maxFragments: 3 },
      [fragment(1, "a"), fragment(0, "b"), masked(0, "c")],
      [fragment(1, "a"), fragment(0, "b"), fragment(0, "c"), fragment(0, "d")],
      "too-many-fragments",
    ],
    [
      "maxFragments, empty ones too",
      { maxFragments: 3 },
      [fragment(1, ""), fragment(0, ""), masked(0, "")],
      [fragment(1, ""), fragment(0, ""), fragment(0, ""), masked(0, "")],
      "too-many-fragments",
    ],
  ];

  test.each(rows)("%s", (_, options, fits, breaks, code) => {
    const stage = reach(options);
    expect(stage.connection.path).toBe(path === "open" ? "alive.open" : `alive.${path}`);
    for (let again = 0; again < 3; again++)
      for (const chunk of fits) stage.connection.receive(chunk.slice());
    expect(violations(stage.story())).toEqual([]);
    for (const chunk of breaks) stage.connection.receive(chunk.slice());
    const story = stage.story();
    expect(codes(story)).toEqual([code]);
    expect(stage.connection.path).toBe("alive.closing.ending");
    // The connection drops later bytes unread, and the close has its time: then there is nothing left.
    stage.connection.receive(masked(2, new Uint8Array(1000)));
    expect(stage.story()).toEqual([]);
    expect(stage.timers()).toEqual(["close"]);
    stage.connection.fireTimer("close");
    expect([stage.connection.state, stage.timers(), stage.connection.bufferedBytes]).toEqual([
      "closed",
      [],
      0,
    ]);
  });

  test("a message after the limit was all but reached begins from nothing", () => {
    const { connection, story } = reach({ maxMessageSize: 10, maxFragments: 2 });
    for (let again = 0; again < 5; again++)
      connection.receive(joinBytes([fragment(1, "01234"), masked(0, "56789"), masked(PING, "p")]));
    expect(violations(story())).toEqual([]);
  });
});

describe.each<[path: string, reach: () => Stage<ServerConnection>]>([
  [
    "closing.replying",
    () => {
      const made = openSlow({ maxMessageSize: 10 });
      made.connection.sendText("slow");
      made.connection.receive(close.slice());
      made.end.take();
      return made;
    },
  ],
  [
    "closing.ending",
    () => {
      const made = openServer({ maxMessageSize: 10 });
      made.connection.receive(close.slice());
      made.end.take();
      return made;
    },
  ],
])("in %s nothing is read, and nothing kept", (path, reach) => {
  test("whatever comes", () => {
    const { connection, story } = reach();
    expect(connection.path).toBe(`alive.${path}`);
    connection.receive(masked(2, new Uint8Array(1000)));
    connection.receive(masked(PING, "p"));
    expect(story()).toEqual([]);
  });
});

describe("the opening's head", () => {
  test("maxHeadSize and maxHeaderCount, of a request", () => {
    const at = (options: Partial<ConnectionOptions>): string[] => {
      const { connection, story } = newServer(options);
      connection.expectRequest();
      connection.receive(openingHead({ "X-A": "a" }));
      return codes(story());
    };
    const size = openingHead({ "X-A": "a" }).length;
    expect([at({ maxHeadSize: size }), at({ maxHeadSize: size - 1 })]).toEqual([
      [],
      ["handshake-failed"],
    ]);
    expect([at({ maxHeaderCount: 6 }), at({ maxHeaderCount: 5 })]).toEqual([
      [],
      ["handshake-failed"],
    ]);
  });

  test("of a response, in which interim ones count", () => {
    const { connection, story } = newClient({ maxHeadSize: 200 });
    connection.open();
    for (let i = 0; i < 20; i++) connection.receive(utf8("HTTP/1.1 103 Early Hints\r\n\r\n"));
    expect(codes(story())).toEqual(["handshake-failed"]);
    expect(connection.state).toBe("closed");
  });

  test("handshakeTimeout: a server that waits for a request, a client that waits for a response, and draft 76's last eight bytes", () => {
    const server = newServer();
    const client = newClient();
    const draft = newServer();
    server.connection.expectRequest();
    client.connection.open();
    draft.connection.expectRequest();
    draft.connection.receive(
      utf8(
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://h\r\n" +
          "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\r\n",
      ),
    );
    draft.connection.accept({ drafts: true });
    expect(draft.connection.path).toBe("alive.connecting.completing");
    for (const { connection, timers, story } of [server, client, draft]) {
      expect(timers()).toEqual(["handshake"]);
      connection.fireTimer("handshake");
      expect(codes(story())).toEqual(["handshake-timeout"]);
      expect([connection.state, timers()]).toEqual(["closed", []]);
    }
  });
});

describe("drafts 75 and 76", () => {
  const open = (options: Partial<ConnectionOptions>): Stage<ServerConnection> => {
    const made = newServer(options);
    made.connection.expectRequest();
    made.connection.receive(
      utf8(
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://h\r\n\r\n",
      ),
    );
    made.connection.accept({ drafts: true });
    made.end.take();
    return made;
  };
  test.each<[name: string, fits: number[], breaks: number[]]>([
    ["text", [0, 97, 97, 97, 255], [0, 97, 97, 97, 97]],
    ["frames that nobody reads", [1, 97, 97, 97, 255], [1, 97, 97, 97, 97]],
    ["a stated length", [0x80, 3, 1, 2, 3], [0x80, 4]],
    ["a length without end (CVE-2026-54466)", [0x80, 0x80, 0x80, 0x80, 0], [0x80, 0xff, 0xff]],
  ])("maxMessageSize: %s", (_, fits, breaks) => {
    const { connection, story } = open({ maxMessageSize: 3 });
    for (let again = 0; again < 3; again++) connection.receive(Uint8Array.from(fits));
    expect(violations(story())).toEqual([]);
    connection.receive(Uint8Array.from(breaks));
    expect(codes(story())).toEqual(["message-too-big"]);
  });
});

test("an extension that fails while the peer's close waits for its output ends the connection at once, not after closeTimeout", () => {
  const { connection, extension, story } = openSlow();
  connection.sendText("slow");
  connection.receive(close.slice());
  expect(connection.path).toBe("alive.closing.replying");
  story();
  extension.go({ code: "compression-failed", cause: new Error("no memory") });
  expect(story()).toEqual([
    "onViolation compression-failed",
    expect.stringMatching(/^> close 1011/),
    "endTransport",
    "= closing.ending",
  ]);
});

describe("once a limit is passed nothing more is read", () => {
  test("not even when whoever is told of it says resume(), and more was held", () => {
    const { connection, end, extension, story } = openSlow({ maxMessageSize: 10 });
    when(end, "onViolation", () => {
      connection.resume();
    });
    connection.receive(
      joinBytes([
        masked(TEXT, "slow", { rsv: 4 }),
        masked(TEXT, "more than ten bytes"),
        masked(TEXT, "x"),
      ]),
    );
    connection.pause();
    extension.go({ code: "message-too-big" });
    expect(story().filter((line) => line.startsWith("on"))).toEqual([
      "onViolation message-too-big",
    ]);
    expect(connection.path).toBe("alive.closing.ending");
  });

  test("nor when it is our output that was too much", () => {
    const { connection, end, story } = openServer({ maxBufferedBytes: 10 });
    when(end, "onViolation", () => {
      connection.resume();
    });
    connection.pause();
    connection.receive(masked(TEXT, "held"));
    connection.receiveBacklog(2);
    connection.sendText("more than ten bytes");
    expect(story().filter((line) => line.startsWith("on"))).toEqual([
      "onViolation output-overflow",
    ]);
  });
});
