/** Every limit on what a peer may make a connection hold or do, in every state in which it could. `docs/limits.md` lists them. */
import { describe, expect, test } from "vitest";
import { CLOSE, PING, TEXT } from "../src/frame/opcode.ts";
import { createServerConnection } from "../src/index.ts";
import type { ConnectionOptions } from "../src/options.ts";
import { closePayload, frame, masked, openingHead, utf8 } from "../src/testing/bytes.ts";
import { PairEnd } from "../src/testing/pair.ts";
import { createTestPlatform } from "../src/testing/platform.ts";
import { joinBytes } from "../src/testing/recorder.ts";
import { newClient, newServer, openClient, openServer, sentLines, type Stage, storyOf } from "./connection/story.ts";
import { FakeExtension } from "./extension/fake-extension.ts";
import type { ServerConnection } from "../src/connection/contract.ts";

interface Slow extends Stage<ServerConnection> { readonly extension: FakeExtension }

/** An open server's end with an extension that takes its time, and so holds up what goes out or comes in. */
function openSlow(options?: Partial<ConnectionOptions>): Slow {
  const end = new PairEnd(() => 0), connection = createServerConnection(end, createTestPlatform(), options);
  const extension = new FakeExtension("x", { slow: true, onlyMarked: true });
  connection.expectRequest();
  connection.receive(openingHead({ "Sec-WebSocket-Extensions": "x" }));
  connection.accept({ extensions: [extension] });
  end.take();
  return { connection, end, extension, story: () => storyOf(end.take()), timers: () => [...end.timers.keys()].sort() };
}

const fragment = (opcode: number, payload: Uint8Array | string): Uint8Array => masked(opcode, payload, { fin: false });
const close = masked(CLOSE, closePayload(1000));
const violations = (story: readonly string[]): string[] => story.filter((line) => line.startsWith("onViolation"));
const codes = (story: readonly string[]): string[] => violations(story).map((line) => line.slice("onViolation ".length));

/** The states in which frames are read, and how to get there. */
const reading: [path: string, reach: (options: Partial<ConnectionOptions>) => Stage<ServerConnection>][] = [
  ["open", (options) => openServer(options)],
  ["closing.draining", (options) => {
    const made = openSlow(options);
    made.connection.sendText("slow");
    made.connection.close(1000);
    made.end.take();
    return made;
  }],
  ["closing.awaitingClose", (options) => {
    const made = openServer(options);
    made.connection.close(1000);
    made.end.take();
    return made;
  }],
];

describe.each(reading)("in %s", (path, reach) => {
  const rows: [limit: string, options: Partial<ConnectionOptions>, fits: Uint8Array[], breaks: Uint8Array[], code: string][] = [
    ["maxMessageSize, in one frame", { maxMessageSize: 10 }, [masked(2, new Uint8Array(10))], [masked(2, new Uint8Array(11)).slice(0, 6)], "message-too-big"],
    ["maxMessageSize, over fragments", { maxMessageSize: 10 }, [fragment(2, new Uint8Array(5)), masked(0, new Uint8Array(5))],
      [fragment(2, new Uint8Array(5)), masked(0, new Uint8Array(6)).slice(0, 6)], "message-too-big"],
    ["maxFragments, of one octet", { maxFragments: 3 }, [fragment(1, "a"), fragment(0, "b"), masked(0, "c")],
      [fragment(1, "a"), fragment(0, "b"), fragment(0, "c"), fragment(0, "d")], "too-many-fragments"],
    ["maxFragments, empty ones too", { maxFragments: 3 }, [fragment(1, ""), fragment(0, ""), masked(0, "")],
      [fragment(1, ""), fragment(0, ""), fragment(0, ""), masked(0, "")], "too-many-fragments"],
  ];

  test.each(rows)("%s", (_, options, fits, breaks, code) => {
    const stage = reach(options);
    expect(stage.connection.path).toBe(path === "open" ? "alive.open" : `alive.${path}`);
    for (let again = 0; again < 3; again++) for (const chunk of fits) stage.connection.receive(chunk.slice());
    expect(violations(stage.story())).toEqual([]);
    for (const chunk of breaks) stage.connection.receive(chunk.slice());
    const story = stage.story();
    expect(codes(story)).toEqual([code]);
    expect(stage.connection.path).toBe("alive.closing.ending");
    // What follows is dropped unread, and the close has its time: then there is nothing left.
    stage.connection.receive(masked(2, new Uint8Array(1000)));
    expect(stage.story()).toEqual([]);
    expect(stage.timers()).toEqual(["close"]);
    stage.connection.fireTimer("close");
    expect([stage.connection.state, stage.timers(), stage.connection.bufferedBytes]).toEqual(["closed", [], 0]);
  });

  test("a message after the limit was all but reached begins from nothing", () => {
    const { connection, story } = reach({ maxMessageSize: 10, maxFragments: 2 });
    for (let again = 0; again < 5; again++) connection.receive(joinBytes([fragment(1, "01234"), masked(0, "56789"), masked(PING, "p")]));
    expect(violations(story())).toEqual([]);
  });
});

describe.each<[path: string, reach: () => Stage<ServerConnection>]>([
  ["closing.replying", () => {
    const made = openSlow({ maxMessageSize: 10 });
    made.connection.sendText("slow");
    made.connection.receive(close.slice());
    made.end.take();
    return made;
  }],
  ["closing.ending", () => {
    const made = openServer({ maxMessageSize: 10 });
    made.connection.receive(close.slice());
    made.end.take();
    return made;
  }],
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
    expect([at({ maxHeadSize: size }), at({ maxHeadSize: size - 1 })]).toEqual([[], ["handshake-failed"]]);
    expect([at({ maxHeaderCount: 6 }), at({ maxHeaderCount: 5 })]).toEqual([[], ["handshake-failed"]]);
  });

  test("of a response, in which interim ones count", () => {
    const { connection, story } = newClient({ maxHeadSize: 200 });
    connection.open();
    for (let i = 0; i < 20; i++) connection.receive(utf8("HTTP/1.1 103 Early Hints\r\n\r\n"));
    expect(codes(story())).toEqual(["handshake-failed"]);
    expect(connection.state).toBe("closed");
  });

  test("handshakeTimeout: a server that waits for a request, a client that waits for a response, and draft 76's last eight bytes", () => {
    const server = newServer(), client = newClient(), draft = newServer();
    server.connection.expectRequest();
    client.connection.open();
    draft.connection.expectRequest();
    draft.connection.receive(utf8("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://h\r\n"
      + "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\r\n"));
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
    made.connection.receive(utf8("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://h\r\n\r\n"));
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

describe("pings that come together", () => {
  const pongs = (stage: Stage<unknown>): string[] => stage.story().filter((line) => line.startsWith("> "));
  const pings = (count: number): Uint8Array => joinBytes(Array.from({ length: count }, (_, at) => masked(PING, String(at + 1))));

  test("maxPongs of them are answered one by one, of the rest the last", () => {
    const stage = openServer({ maxPongs: 3 });
    stage.connection.receive(pings(3));
    expect(pongs(stage)).toEqual(["> pong 1", "> pong 2", "> pong 3"]);
    stage.connection.receive(pings(4));
    expect(pongs(stage)).toEqual(["> pong 1", "> pong 2", "> pong 3", "> pong 4"]);
    stage.connection.receive(pings(1000));
    expect(pongs(stage)).toEqual(["> pong 1", "> pong 2", "> pong 3", "> pong 1000"]);
  });

  test("all of them are announced", () => {
    const { connection, story } = openServer({ maxPongs: 1 });
    connection.receive(pings(50));
    expect(story().filter((line) => line.startsWith("onPing"))).toHaveLength(50);
  });

  test("the last is answered before a close frame of ours, and before nothing that comes later", () => {
    const ours = openServer({ maxPongs: 1 });
    ours.connection.cork();
    ours.connection.receive(pings(3));
    ours.connection.close(1000);
    ours.connection.uncork();
    expect(pongs(ours)).toEqual(["> pong 1", "> pong 3", "> close 1000"]);
    const theirs = openServer({ maxPongs: 1 });
    theirs.connection.receive(joinBytes([pings(3), close]));
    expect(pongs(theirs)).toEqual(["> pong 1", "> pong 3", "> close 1000"]);
  });

  test("they are while the peer's close frame is awaited, and are not once the transport is gone", () => {
    const closing = openServer({ maxPongs: 1 });
    closing.connection.close(1000);
    closing.story();
    closing.connection.receive(pings(3));
    expect(pongs(closing)).toEqual(["> pong 1", "> pong 3"]);
    const gone = openServer({ maxPongs: 1 });
    gone.connection.cork();
    gone.connection.receive(pings(3));
    gone.connection.terminate();
    gone.connection.uncork();
    expect(pongs(gone)).toEqual([]);
  });

  test("however a flood is cut: the same announcements, the last ping answered, and no more answers than maxPongs and one a chunk", () => {
    const flood = pings(500);
    for (const size of [flood.length, 4096, 100, 7]) {
      const { connection, end } = openServer({ maxPongs: 10 });
      let chunks = 0;
      for (let at = 0; at < flood.length; at += size, chunks++) connection.receive(flood.slice(at, at + size));
      const actions = end.take();
      expect(actions.filter(([type]) => type === "onPing").map(([, bytes]) => new TextDecoder().decode(bytes as Uint8Array)))
        .toEqual(Array.from({ length: 500 }, (_, at) => String(at + 1)));
      const answers = sentLines(joinBytes(actions.flatMap((action) => (action[0] === "write" ? [action[1]] : [])))).map((line) => Number(line.slice("> pong ".length)));
      expect(answers.at(-1)).toBe(500);
      expect(answers).toEqual([...answers].sort((a, b) => a - b));
      expect(answers.length).toBeLessThanOrEqual(Math.min(500, chunks * 11));
    }
  });
});

describe("output that is not read", () => {
  test.each<[state: string, act: (slow: Slow) => void]>([
    ["open", ({ connection }) => { connection.sendText("more than ten bytes"); }],
    ["open, through extensions", ({ connection }) => { connection.sendText("12345678"); connection.sendText("more"); }],
    ["open, by pongs", ({ connection }) => { connection.receive(joinBytes([masked(PING, "12345"), masked(PING, "12345")])); }],
    ["closing.draining, by pongs", ({ connection }) => {
      connection.sendText("1");
      connection.close(1000);
      connection.cork();
      connection.receive(joinBytes([masked(PING, "12345"), masked(PING, "12345")]));
      connection.uncork();
    }],
    ["closing.awaitingClose, by pongs", ({ connection }) => {
      connection.close(1000);
      connection.receiveBacklog(5);
      connection.receive(masked(PING, "12345"));
    }],
  ])("overflow: close, in %s", (_, act) => {
    const slow = openSlow({ maxBufferedBytes: 10 });
    act(slow);
    expect(codes(slow.story())).toEqual(["output-overflow"]);
    expect(slow.connection.path).toBe("alive.closing.ending");
  });

  const sends: [name: string, send: (connection: ServerConnection, size: number) => boolean][] = [
    ["sendText", (connection, size) => connection.sendText("x".repeat(size))],
    ["sendText of other letters", (connection, size) => connection.sendText("é".repeat(size / 2))],
    ["sendTextBytes", (connection, size) => connection.sendTextBytes(new Uint8Array(size).fill(97))],
    ["sendBinary", (connection, size) => connection.sendBinary(new Uint8Array(size))],
    ["sendParts", (connection, size) => connection.sendParts("binary", [new Uint8Array(size - 1), new Uint8Array(1)], size)],
  ];
  const HEADER = 14; // a frame's header is counted as if it were of the longest
  test.each(sends)("overflow: drop, %s: what fits is sent, what does not is dropped, and what comes later is sent again", (_, send) => {
    const { connection, story } = openServer({ maxBufferedBytes: 100, overflow: "drop" });
    connection.receiveBacklog(50);
    expect(send(connection, 50 - HEADER)).toBe(true);
    expect(story()).toHaveLength(1);
    connection.receiveBacklog(52);
    expect(send(connection, 50 - HEADER)).toBe(false);
    expect(story()).toEqual([]);
    connection.receiveBacklog(0);
    expect(send(connection, 50)).toBe(true);
    expect(violations(story())).toEqual([]);
  });

  test("overflow: drop, through extensions: none of them sees what is dropped", () => {
    const { connection, extension, story } = openSlow({ maxBufferedBytes: 100, overflow: "drop" });
    expect([connection.sendText("a".repeat(50)), connection.sendText("b".repeat(50)), connection.sendText("c")]).toEqual([true, false, true]);
    while (extension.underWay.length > 0) extension.go();
    expect(story()).toEqual([`> text ${"a".repeat(50)}x`, "> text cx"]);
  });

  test("overflow: drop: control frames go on for 64 KiB, and are then dropped too; the close frame never is", () => {
    const { connection, story } = openServer({ maxBufferedBytes: 100, overflow: "drop" });
    connection.receiveBacklog(65_000);
    connection.ping(utf8("a"));
    connection.receive(masked(PING, "b"));
    expect(story()).toEqual(["> ping a", "onPing b", "> pong b"]);
    connection.receiveBacklog(66_000);
    connection.ping(utf8("a"));
    connection.receive(masked(PING, "b"));
    expect(story()).toEqual(["onPing b"]);
    connection.close(1000);
    expect(story()).toContain("> close 1000");
  });

  test("a client's frames are bounded alike", async () => {
    const { connection, story } = await openClient({ maxBufferedBytes: 100, overflow: "drop" });
    connection.receiveBacklog(100);
    expect(connection.sendText("x")).toBe(false);
    connection.receive(frame(TEXT, "still read"));
    expect(story()).toEqual(["onText still read"]);
  });
});

test("an extension that fails while the peer's close waits for its output ends the connection at once, not after closeTimeout", () => {
  const { connection, extension, story } = openSlow();
  connection.sendText("slow");
  connection.receive(close.slice());
  expect(connection.path).toBe("alive.closing.replying");
  story();
  extension.go({ code: "compression-failed", cause: new Error("no memory") });
  expect(story()).toEqual(["onViolation compression-failed", expect.stringMatching(/^> close 1011/), "endTransport", "= closing.ending"]);
});
