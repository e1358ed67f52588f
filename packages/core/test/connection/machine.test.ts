/** An open connection: which calls are allowed when, and in which order events come. */
import { describe, expect, test } from "vitest";
import type { Connection } from "../../src/connection/contract.ts";
import { BINARY, CLOSE, PING, PONG, TEXT } from "../../src/frame/opcode.ts";
import { UsageError } from "../../src/index.ts";
import { closePayload, frame, masked, utf8 } from "../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../src/testing/recorder.ts";
import {
  decidingServer,
  newClient,
  newServer,
  openClient,
  openServer,
  type Stage,
  when,
} from "./story.ts";

const text = (data: string): Uint8Array => masked(TEXT, data);
const close = (code: number, reason = ""): Uint8Array => masked(CLOSE, closePayload(code, reason));
const replied = (frameSent: string): string[] => [
  "setTimer close 30000",
  "= closing.replying",
  "setTimer close 2000",
  frameSent,
  "endTransport",
  "= closing.ending",
];

describe("what a server is sent", () => {
  const cases: [name: string, chunk: Uint8Array, expected: string[]][] = [
    ["nothing", new Uint8Array(0), []],
    ["text", text("hi"), ["onText hi"]],
    ["binary", masked(BINARY, "hi"), ["onBinary hi"]],
    [
      "a ping is answered, and the answer leaves when all was read",
      joinBytes([masked(PING, "a"), text("x")]),
      ["onPing a", "onText x", "> pong a"],
    ],
    ["an empty ping", masked(PING, ""), ["onPing", "> pong"]],
    ["a pong nobody asked for", masked(PONG, "1"), ["onPong 1"]],
    ["an empty close frame gets an empty one", masked(CLOSE, ""), replied("> close")],
    ["a close frame is echoed, reason and all", close(4001, "bye"), replied("> close 4001 bye")],
    [
      "what comes after the close frame is not looked at",
      joinBytes([close(1000), text("x"), masked(3, "")]),
      replied("> close 1000"),
    ],
  ];
  test.each(cases)("%s", (_, chunk, expected) => {
    const { connection, story } = openServer();
    connection.receive(chunk);
    expect(story()).toEqual(expected);
  });

  test("a range of an array", () => {
    const { connection, story } = openServer();
    const bytes = joinBytes([text("no"), text("yes"), text("no")]);
    connection.receive(bytes, text("no").length, text("no").length + text("yes").length);
    expect(story()).toEqual(["onText yes"]);
  });
});

describe("violations", () => {
  const cases: [name: string, chunk: Uint8Array, code: string, sent: string][] = [
    [
      "unmasked",
      frame(TEXT, "x"),
      "mask-required",
      "> close 1002 Received unmasked frame but masking is required",
    ],
    [
      "unmasked, and a close frame",
      frame(CLOSE, closePayload(1001, "")),
      "mask-required",
      "> close 1002 115 bytes",
    ],
    [
      "a close frame of one byte",
      masked(CLOSE, "x"),
      "invalid-close",
      "> close 1002 Received malformed close frame",
    ],
    [
      "a close code nobody may send",
      close(1005),
      "invalid-close-code",
      "> close 1002 Received close frame with an invalid code: 1005",
    ],
    [
      "a close reason that is not UTF-8",
      masked(CLOSE, Uint8Array.of(3, 0xe8, 0xff)),
      "invalid-close-reason",
      "> close 1007 Received close frame whose reason is not UTF-8",
    ],
    [
      "text that is not UTF-8",
      masked(TEXT, Uint8Array.of(0xff)),
      "invalid-utf8",
      "> close 1007 Could not decode a text frame as UTF-8",
    ],
  ];
  test.each(cases)(
    "%s: emitted once, the close frame says why, and no more is read",
    (_, chunk, code, sent) => {
      const { connection, story, timers } = openServer();
      connection.receive(joinBytes([text("before"), chunk, text("after")]));
      expect(story()).toEqual([
        "onText before",
        `onViolation ${code}`,
        "setTimer close 30000",
        sent,
        "endTransport",
        "= closing.ending",
      ]);
      connection.receive(text("later"));
      connection.receiveEnd();
      const end = story();
      expect(end).toHaveLength(3);
      expect(end.slice(0, 2)).toEqual(["clearTimer close", "= closed"]);
      expect(end[2]).toMatch(new RegExp(`^onClose ${sent.slice(8, 12)} `));
      expect(end[2]).not.toMatch(/clean$/);
      expect(timers()).toEqual([]);
    },
  );

  test("the text names the code that was seen", () => {
    const { connection, end } = openServer();
    connection.receive(close(1005));
    expect(end.take()[0]).toMatchObject([
      "onViolation",
      { message: "Received close frame with an invalid code: 1005", closeCode: 1002 },
    ]);
  });

  test("after our close frame is out, no second one goes", () => {
    const { connection, story } = openServer();
    connection.close(1000);
    story();
    connection.receive(masked(3, "x"));
    expect(story()).toEqual(["onViolation unknown-opcode", "endTransport", "= closing.ending"]);
    connection.receiveEnd();
    expect(story().at(-1)).toBe("onClose 1002 Unrecognized frame opcode: 3");
  });

  test("a client ends the transport too: there is nothing to wait for with such a server", async () => {
    const { connection, story, timers } = await openClient();
    connection.receive(masked(TEXT, "x"));
    expect(story()).toEqual([
      "onViolation mask-forbidden",
      "setTimer close 30000",
      "> close 1002 Received masked frame but masking is forbidden",
      "endTransport",
      "= closing.ending",
    ]);
    connection.fireTimer("close");
    expect(story()).toEqual([
      "clearTimer close",
      "destroyTransport",
      "= closed",
      expect.stringMatching(/^onClose 1002 Received masked/),
    ]);
    expect(timers()).toEqual([]);
  });
});

describe("sending where it is not allowed throws and changes nothing", () => {
  const commands: [name: string, command: (connection: Connection) => void][] = [
    [
      "sendText",
      (c) => {
        c.sendText("x");
      },
    ],
    [
      "sendTextBytes",
      (c) => {
        c.sendTextBytes(utf8("x"));
      },
    ],
    [
      "sendBinary",
      (c) => {
        c.sendBinary(utf8("x"));
      },
    ],
    [
      "sendParts",
      (c) => {
        c.sendParts("text", [utf8("x")], 1);
      },
    ],
    [
      "ping",
      (c) => {
        c.ping();
      },
    ],
    [
      "pong",
      (c) => {
        c.pong();
      },
    ],
  ];
  const closed = openServer().connection;
  const closingOne = openServer().connection;
  const ending = openServer().connection;
  closed.terminate();
  closingOne.close();
  ending.receive(close(1000));
  const states: [name: string, state: string, connection: Connection][] = [
    ["new", "connecting", newServer().connection],
    ["deciding", "connecting", decidingServer().connection],
    ["awaiting the peer's close", "closing", closingOne],
    ["ending", "closing", ending],
    ["closed", "closed", closed],
  ];
  for (const [where, state, connection] of states) {
    test.each(commands)(`${where}: %s`, (name, command) => {
      const path = connection.path;
      expect(() => {
        command(connection);
      }).toThrow(new UsageError(`${name}: the connection is ${state}, not open`));
      expect(connection.path).toBe(path);
      expect(connection.bufferedBytes).toBe(0);
      expect(connection.sendable).toBe(false);
      expect(connection.state).toBe(state);
    });
  }

  test.each(["ping", "pong"] as const)("%s with more than 125 bytes", (name) => {
    const { connection, story } = openServer();
    expect(() => {
      connection[name](new Uint8Array(126));
    }).toThrow(new UsageError(`${name}: a payload has at most 125 bytes, got 126`));
    connection[name](new Uint8Array(125));
    expect(story()).toEqual([`> ${name} 125 bytes`]);
  });
});

describe("sending", () => {
  test("every kind", () => {
    const { connection, story } = openServer();
    connection.sendText("a");
    connection.sendTextBytes(utf8("-b-"), 1, 2);
    connection.sendBinary(utf8("-c-"), 1, 2);
    connection.sendTextBytes(utf8("d"));
    connection.sendBinary(utf8("e"));
    connection.sendParts("text", [utf8("f"), utf8("g")], 2);
    connection.sendParts("binary", [utf8("h")], 1);
    connection.ping();
    connection.pong(utf8("i"));
    expect(story()).toEqual([
      "> text a",
      "> text b",
      "> binary c",
      "> text d",
      "> binary e",
      "> text fg",
      "> binary h",
      "> ping",
      "> pong i",
    ]);
  });

  test("corks nest; the outermost makes one write of all", () => {
    const { connection, end } = openServer();
    connection.cork();
    connection.sendText("a");
    connection.cork();
    connection.sendText("b");
    connection.uncork();
    expect(end.take()).toEqual([]);
    expect(connection.bufferedBytes).toBe(6);
    connection.uncork();
    expect(end.take()).toEqual([["write", joinBytes([frame(TEXT, "a"), frame(TEXT, "b")])]]);
    expect(connection.bufferedBytes).toBe(0);
  });

  test("flush() writes what is held back, also while a listener is called", () => {
    const { connection, end } = openServer();
    connection.cork();
    connection.sendText("a");
    connection.flush();
    expect(end.take()).toEqual([["write", frame(TEXT, "a")]]);
    connection.flush();
    connection.uncork();
    expect(end.take()).toEqual([]);
    when(end, "onText", () => {
      connection.sendText("c");
      connection.flush();
      connection.terminate();
    });
    connection.receive(masked(TEXT, "b"));
    expect(end.take().map(([name]) => name)).toEqual([
      "onText",
      "write",
      "destroyTransport",
      "onState",
      "onClose",
    ]);
  });

  test("what handlers send leaves in one write when the chunk is read", () => {
    const { connection, end } = openServer();
    when(end, "onText", () => {
      connection.sendText("re");
    });
    connection.receive(joinBytes([text("a"), text("b"), text("c")]));
    expect(end.take().map(([type]) => type)).toEqual(["onText", "onText", "onText", "write"]);
  });
});

describe("output that is not read", () => {
  const limit = 100;
  test("at the limit all is well; beyond it the connection closes with 1013, behind what was sent", () => {
    const { connection, story } = openServer({ maxBufferedBytes: limit });
    connection.receiveBacklog(limit - 4);
    connection.sendText("ab");
    expect(story()).toEqual(["> text ab"]);
    connection.sendText("abc");
    expect(story()).toEqual([
      "onViolation output-overflow",
      "setTimer close 30000",
      "> text abc",
      expect.stringMatching(/^> close 1013/),
      "endTransport",
      "pauseTransport",
      "= closing.ending",
    ]);
  });

  test("pongs count too: a peer cannot make us hold answers without end", () => {
    const { connection, story } = openServer({ maxBufferedBytes: limit });
    connection.receiveBacklog(limit);
    connection.receive(joinBytes([masked(PING, "x"), masked(PING, "y")]));
    expect(story()).toEqual([
      "onPing x",
      "onViolation output-overflow",
      "setTimer close 30000",
      "> pong x",
      expect.stringMatching(/^> close 1013/),
      "endTransport",
      "pauseTransport",
      "= closing.ending",
    ]);
  });

  test("after the limit the connection reads no flood; it reads on once its output has left", () => {
    const { connection, story } = openServer({ maxBufferedBytes: limit });
    connection.receiveBacklog(limit);
    connection.sendText("x");
    expect(story().slice(-3)).toEqual(["endTransport", "pauseTransport", "= closing.ending"]);
    connection.receive(joinBytes([masked(PING, "x")]));
    connection.receiveBacklog(limit - 50);
    expect(story()).toEqual([]);
    connection.receiveBacklog(0);
    expect(story()).toEqual(["resumeTransport"]);
  });

  test("is emitted once, even if the handler sends more", () => {
    const { connection, end, story } = openServer({ maxBufferedBytes: limit });
    when(end, "onViolation", () => {
      connection.sendText("sorry");
    });
    connection.receiveBacklog(limit);
    connection.sendText("x");
    expect(story().filter((line) => line.startsWith("onViolation"))).toEqual([
      "onViolation output-overflow",
    ]);
  });

  test("a ping of keepalive that overflows leaves no timer", () => {
    const { connection, timers, story } = openServer({ maxBufferedBytes: limit, pingInterval: 5 });
    connection.receiveBacklog(limit);
    connection.fireTimer("ping");
    expect(story()).toContain("onViolation output-overflow");
    expect(timers()).toEqual(["close"]);
  });
});

describe("keepalive", () => {
  test("starts with the opening, ends with the first step of closing", () => {
    const { connection, story, timers, end } = decidingServer({
      pingInterval: 50,
      pongTimeout: 20,
    });
    connection.accept();
    expect(timers()).toEqual(["ping"]);
    connection.fireTimer("ping");
    expect(story().slice(-3)).toEqual(
      expect.arrayContaining(["> ping 1", "setTimer pong 20", "setTimer ping 50"]),
    );
    expect(end.timers).toEqual(
      new Map([
        ["ping", 50],
        ["pong", 20],
      ]),
    );
    connection.receive(masked(PONG, "1"));
    expect(timers()).toEqual(["ping"]);
    connection.fireTimer("ping");
    connection.close();
    expect(timers()).toEqual(["close"]);
  });

  test("paused, no pong can be seen: the peer has its time once reading goes on", () => {
    const { connection, story } = openServer({ pingInterval: 50, pongTimeout: 20 });
    connection.fireTimer("ping");
    connection.pause();
    connection.receive(masked(PONG, "1"));
    story();
    connection.fireTimer("pong");
    expect(story()).toEqual(["setTimer pong 20"]);
    connection.resume();
    expect(story()).toEqual(["clearTimer pong", "onPong 1", "resumeTransport"]);
    expect(connection.state).toBe("open");
  });

  test("no pong in time: the transport is destroyed", () => {
    const { connection, story, timers } = openServer({ pingInterval: 50, pongTimeout: 20 });
    connection.fireTimer("ping");
    story();
    connection.fireTimer("pong");
    expect(story()).toEqual([
      "onViolation pong-timeout",
      "clearTimer ping",
      "clearTimer pong",
      "destroyTransport",
      "= closed",
      "onClose 1006",
    ]);
    expect(timers()).toEqual([]);
  });
});

describe("the opening's timer", () => {
  test.each(["server", "client"] as const)("%s", (role) => {
    const made: Stage<Connection> =
      role === "server" ? newServer({ handshakeTimeout: 9 }) : newClient({ handshakeTimeout: 9 });
    if (role === "server") (made as ReturnType<typeof newServer>).connection.expectRequest();
    else (made as ReturnType<typeof newClient>).connection.open();
    expect(made.end.timers).toEqual(new Map([["handshake", 9]]));
    made.story();
    made.connection.fireTimer("handshake");
    expect(made.story()).toEqual([
      "clearTimer handshake",
      "onViolation handshake-timeout",
      "destroyTransport",
      "= closed",
      "onClose 1006",
    ]);
    expect(made.timers()).toEqual([]);
  });

  test("0 waits for ever", () => {
    const made = newServer({ handshakeTimeout: 0 });
    made.connection.expectRequest();
    expect(made.timers()).toEqual([]);
  });

  test("stops when the request is there: the application may take its time", () => {
    expect(decidingServer().timers()).toEqual([]);
  });
});

test("uncork() without cork() is the caller's mistake, and costs nothing later", () => {
  const { connection, story } = openServer();
  expect(() => {
    connection.uncork();
  }).toThrow("uncork: there is no cork() to match");
  connection.sendText("x");
  expect(story()).toEqual(["> text x"]);
});
