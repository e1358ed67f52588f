/** The limits on what waits to be sent, and on the answers to pings. */
import { describe, expect, test } from "vitest";
import { CLOSE, PING, TEXT } from "../../src/frame/opcode.ts";
import type { ServerConnection } from "../../src/connection/contract.ts";
import { closePayload, frame, masked, utf8 } from "../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../src/testing/recorder.ts";
import { openClient, openServer, sentLines, type Stage } from "../connection/story.ts";
import { openSlow, type Slow } from "../slow-server.ts";

const close = masked(CLOSE, closePayload(1000));
const violations = (story: readonly string[]): string[] =>
  story.filter((line) => line.startsWith("onViolation"));
const codes = (story: readonly string[]): string[] =>
  violations(story).map((line) => line.slice("onViolation ".length));

describe("pings that come together", () => {
  const pongs = (stage: Stage<unknown>): string[] =>
    stage.story().filter((line) => line.startsWith("> "));
  const pings = (count: number): Uint8Array =>
    joinBytes(Array.from({ length: count }, (_, at) => masked(PING, String(at + 1))));

  test("maxPongs of them are answered one by one, of the rest the last", () => {
    const stage = openServer({ maxPongs: 3 });
    stage.connection.receive(pings(3));
    expect(pongs(stage)).toEqual(["> pong 1", "> pong 2", "> pong 3"]);
    stage.connection.receive(pings(4));
    expect(pongs(stage)).toEqual(["> pong 1", "> pong 2", "> pong 3", "> pong 4"]);
    stage.connection.receive(pings(1000));
    expect(pongs(stage)).toEqual(["> pong 1", "> pong 2", "> pong 3", "> pong 1000"]);
  });

  test("all of them are emitted", () => {
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

  test("however a flood is cut: the same events, the last ping answered, and no more answers than maxPongs and one a chunk", () => {
    const flood = pings(500);
    for (const size of [flood.length, 4096, 100, 7]) {
      const { connection, end } = openServer({ maxPongs: 10 });
      let chunks = 0;
      for (let at = 0; at < flood.length; at += size, chunks++)
        connection.receive(flood.slice(at, at + size));
      const actions = end.take();
      expect(
        actions
          .filter(([type]) => type === "onPing")
          .map(([, bytes]) => new TextDecoder().decode(bytes as Uint8Array)),
      ).toEqual(Array.from({ length: 500 }, (_, at) => String(at + 1)));
      const answers = sentLines(
        joinBytes(actions.flatMap((action) => (action[0] === "write" ? [action[1]] : []))),
      ).map((line) => Number(line.slice("> pong ".length)));
      expect(answers.at(-1)).toBe(500);
      expect(answers).toEqual([...answers].sort((a, b) => a - b));
      expect(answers.length).toBeLessThanOrEqual(Math.min(500, chunks * 11));
    }
  });
});

describe("output that is not read", () => {
  test.each<[state: string, act: (slow: Slow) => void]>([
    [
      "open",
      ({ connection }) => {
        connection.receiveBacklog(2);
        connection.sendText("more than ten bytes");
      },
    ],
    [
      "open, through extensions",
      ({ connection }) => {
        connection.sendText("12345678");
        connection.sendText("more");
      },
    ],
    [
      "open, by pongs",
      ({ connection }) => {
        connection.receive(joinBytes([masked(PING, "12345"), masked(PING, "12345")]));
      },
    ],
    [
      "closing.draining, by pongs",
      ({ connection }) => {
        connection.sendText("1");
        connection.close(1000);
        connection.cork();
        connection.receive(joinBytes([masked(PING, "12345"), masked(PING, "12345")]));
        connection.uncork();
      },
    ],
    [
      "closing.awaitingClose, by pongs",
      ({ connection }) => {
        connection.close(1000);
        connection.receiveBacklog(5);
        connection.receive(masked(PING, "12345"));
      },
    ],
  ])("overflow: close, in %s", (_, act) => {
    const slow = openSlow({ maxBufferedBytes: 10 });
    act(slow);
    expect(codes(slow.story())).toEqual(["output-overflow"]);
    expect(slow.connection.path).toBe("alive.closing.ending");
  });

  test.each(["close", "drop"] as const)(
    "overflow: %s: one message larger than the limit is taken where nothing else waits, and a little beside it",
    (overflow) => {
      const { connection, story } = openServer({ maxBufferedBytes: 1000, overflow });
      connection.receiveBacklog(125);
      expect(connection.sendBinary(new Uint8Array(5000))).toBe(true);
      connection.receiveBacklog(5129);
      expect(connection.sendText("and a word")).toBe(true);
      connection.receive(masked(PING, "p"));
      connection.receiveBacklog(4000);
      connection.sendText("x".repeat(900)); // as much as has left
      expect(violations(story())).toEqual([]);
      connection.receiveBacklog(5100);
      expect(connection.sendBinary(new Uint8Array(2000))).toBe(overflow === "close");
      expect(violations(story())).toEqual(
        overflow === "close" ? ["onViolation output-overflow"] : [],
      );
    },
  );

  test("a second message larger than the limit is not taken while more than a little waits, nor many small ones after it", () => {
    const { connection, story } = openServer({ maxBufferedBytes: 1000, overflow: "drop" });
    connection.receiveBacklog(126);
    expect(connection.sendBinary(new Uint8Array(5000))).toBe(false);
    connection.receiveBacklog(0);
    expect(connection.sendBinary(new Uint8Array(5000))).toBe(true);
    connection.receiveBacklog(0);
    expect(connection.sendText("resets")).toBe(true);
    connection.receiveBacklog(990);
    expect(connection.sendText("x".repeat(20))).toBe(false);
    expect(violations(story())).toEqual([]);
  });

  const sends: [name: string, send: (connection: ServerConnection, size: number) => boolean][] = [
    ["sendText", (connection, size) => connection.sendText("x".repeat(size))],
    ["sendText of other letters", (connection, size) => connection.sendText("é".repeat(size / 2))],
    [
      "sendTextBytes",
      (connection, size) => connection.sendTextBytes(new Uint8Array(size).fill(97)),
    ],
    ["sendBinary", (connection, size) => connection.sendBinary(new Uint8Array(size))],
    [
      "sendParts",
      (connection, size) =>
        connection.sendParts("binary", [new Uint8Array(size - 1), new Uint8Array(1)], size),
    ],
  ];
  const HEADER = 14; // a frame's header is counted as if it were of the longest
  test.each(sends)(
    "overflow: drop, %s: what fits is sent, what does not is dropped, and what comes later is sent again",
    (_, send) => {
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
    },
  );

  test("overflow: drop, through extensions: none of them sees what is dropped", () => {
    const { connection, extension, story } = openSlow({ maxBufferedBytes: 100, overflow: "drop" });
    expect([
      connection.sendText("a".repeat(50)),
      connection.sendText("b".repeat(50)),
      connection.sendText("c"),
    ]).toEqual([true, false, true]);
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
