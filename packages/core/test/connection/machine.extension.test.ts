/** A message under way through an extension: nothing behind it is read, nothing is lost, and whatever may happen meanwhile may. */
import { describe, expect, test } from "vitest";
import type { Action } from "../../src/actions.ts";
import type { ServerConnection } from "../../src/connection/contract.ts";
import { BINARY, CLOSE, CONTINUATION, PING, TEXT } from "../../src/frame/opcode.ts";
import { closePayload, masked } from "../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../src/testing/recorder.ts";
import { FakeExtension } from "../extension/fake-extension.ts";
import { extendedServer } from "./extended.ts";
import { type Stage, storyOf, when } from "./story.ts";

const text = (data: string, rsv = 4): Uint8Array => masked(TEXT, data, { rsv });
const close = (code: number): Uint8Array => masked(CLOSE, closePayload(code));
const events = (actions: readonly Action[]): string[] =>
  storyOf(actions).filter((line) => line.startsWith("on"));

describe("an extension that is done at once", () => {
  const rows: [name: string, frames: Uint8Array[], expected: string[]][] = [
    ["text", [text("a+")], ["onText a"]],
    ["binary", [masked(BINARY, "a+", { rsv: 4 })], ["onBinary a"]],
    [
      "fragments, of which the first is marked",
      [masked(TEXT, "a", { rsv: 4, fin: false }), masked(CONTINUATION, "b+")],
      ["onText ab"],
    ],
    ["not marked", [text("a+", 0)], ["onText a+"]],
    [
      "marked, then not, then marked",
      [text("a+"), text("b+", 0), text("c+")],
      ["onText a", "onText b+", "onText c"],
    ],
    [
      "a ping between fragments",
      [masked(TEXT, "a", { rsv: 4, fin: false }), masked(PING, "p"), masked(CONTINUATION, "+")],
      ["onPing p", "onText a"],
    ],
    [
      "what it makes is not UTF-8",
      [text("\u00e9+").map((byte, at, all) => (at === all.length - 2 ? byte ^ 0x55 : byte))],
      ["onViolation invalid-utf8"],
    ],
    ["a bit that is nobody's", [text("a", 2)], ["onViolation reserved-bits"]],
    [
      "its bit on a continuation",
      [masked(TEXT, "a", { rsv: 4, fin: false }), masked(CONTINUATION, "b", { rsv: 4 })],
      ["onViolation reserved-bits"],
    ],
    ["its bit on a control frame", [masked(PING, "a", { rsv: 4 })], ["onViolation reserved-bits"]],
  ];
  test.each(rows)("%s", (_, frames, expected) => {
    for (const chunks of [
      frames,
      [joinBytes(frames)],
      [...joinBytes(frames)].map((byte) => Uint8Array.of(byte)),
    ]) {
      const { connection, end } = extendedServer([new FakeExtension("+")]);
      for (const chunk of chunks) connection.receive(chunk.slice());
      expect(events(end.take())).toEqual(expected);
    }
  });

  test("a failure closes by its code, and what is behind it is not read", () => {
    const extension = new FakeExtension("+");
    const { connection, end } = extendedServer([extension]);
    extension.failure = { code: "invalid-compressed-data" };
    connection.receive(joinBytes([text("a+"), text("b", 0)]));
    expect(storyOf(end.take())).toEqual([
      "onViolation invalid-compressed-data",
      "setTimer close 30000",
      "> close 1007 Could not decompress a message",
      "endTransport",
      "= closing.ending",
    ]);
  });

  test("a bit that is left over is nobody's", () => {
    const idle = new FakeExtension("idle", { rsv: 4 });
    const { connection, end } = extendedServer([idle]);
    idle.session = () => {
      throw new Error("not again");
    };
    Object.assign(idle, { change: () => {} }); // it forgets to take its bit off
    connection.receive(text("a"));
    expect(events(end.take())).toEqual(["onViolation reserved-bits"]);
  });

  test("what it makes may be as large as a message, and no larger", () => {
    for (const [size, expected] of [
      [100, `onText 100 bytes`],
      [101, "onViolation message-too-big"],
    ] as const) {
      const extension = new FakeExtension("+");
      const { connection, end } = extendedServer([extension], { maxMessageSize: 100 });
      Object.assign(extension, {
        change: (_: string, message: { rsv: number; data: Uint8Array }) => {
          message.rsv = 0;
          message.data = new Uint8Array(size).fill(0x61);
        },
      });
      connection.receive(text("a"));
      expect(events(end.take())).toEqual([expected]);
    }
  });
});

describe("an extension that takes its time", () => {
  const begun = (): Stage<ServerConnection> & { extension: FakeExtension } => {
    const extension = new FakeExtension("+", { slow: true, onlyMarked: true });
    const made = extendedServer([extension]);
    made.connection.receive(text("a+"));
    return { ...made, extension };
  };

  test("what follows waits, in order, and the transport is stopped as soon as there is some", () => {
    const { connection, extension, story } = begun();
    expect(story()).toEqual([]);
    connection.receive(joinBytes([masked(PING, "p"), text("b", 0)]));
    connection.receive(text("c+"));
    connection.receive(text("d", 0));
    expect(story()).toEqual(["pauseTransport"]);
    extension.go();
    expect(story()).toEqual(["onText a", "onPing p", "onText b", "> pong p"]);
    extension.go();
    expect(story()).toEqual(["onText c", "onText d", "resumeTransport"]);
  });

  test("what follows in the same chunk waits too", () => {
    const extension = new FakeExtension("+", { slow: true });
    const { connection, story } = extendedServer([extension]);
    const chunk = joinBytes([text("a+"), text("b+"), text("c+")]);
    connection.receive(chunk);
    chunk.fill(0); // lent until the call returned
    expect(story()).toEqual(["pauseTransport"]);
    for (const expected of [["onText a"], ["onText b"], ["onText c", "resumeTransport"]]) {
      extension.go();
      expect(story()).toEqual(expected);
    }
  });

  test("nothing behind it: the transport is left alone", () => {
    const { extension, story, connection } = begun();
    extension.go();
    expect(story()).toEqual(["onText a"]);
    connection.receive(text("b", 0));
    expect(story()).toEqual(["onText b"]);
  });

  test("a frame that is cut behind it goes on", () => {
    const { connection, extension, story } = begun();
    const next = text("bcdef", 0);
    connection.receive(next.slice(0, 3));
    connection.receive(next.slice(3));
    story();
    extension.go();
    expect(story()).toEqual(["onText a", "onText bcdef", "resumeTransport"]);
  });

  test("messages may be sent meanwhile, and from within it", () => {
    const { connection, end, extension, story } = begun();
    extension.slow = false;
    connection.sendText("mine");
    expect(story()).toEqual(["> text mine+"]);
    when(end, "onText", () => {
      connection.sendText("echo");
    });
    extension.go();
    expect(story()).toEqual(["onText a", "> text echo+"]);
  });

  test("paused meanwhile: what is under way comes, what is behind it waits for resume()", () => {
    const { connection, extension, story } = begun();
    connection.receive(text("b", 0));
    connection.pause();
    story();
    extension.go();
    expect(story()).toEqual(["onText a"]);
    connection.resume();
    expect(story()).toEqual(["onText b", "resumeTransport"]);
  });

  test("paused and resumed meanwhile: it waits for the extension all the same", () => {
    const { connection, extension, story } = begun();
    connection.pause();
    connection.receive(text("b", 0));
    connection.resume();
    expect(story()).toEqual(["pauseTransport"]);
    extension.go();
    expect(story()).toEqual(["onText a", "onText b", "resumeTransport"]);
  });

  test("the peer's end waits behind it, and behind what follows it", () => {
    const { connection, extension, story } = begun();
    connection.receive(text("b", 0));
    connection.receiveEnd();
    expect(story()).toEqual(["pauseTransport"]);
    extension.go();
    expect(story()).toEqual([
      "onText a",
      "onText b",
      "resumeTransport",
      "endTransport",
      "= closed",
      "onClose 1006",
    ]);
    expect(extension.closed).toBe(1);
  });

  test("the peer's end with nothing behind it", () => {
    const { connection, extension, story } = begun();
    connection.receiveEnd();
    connection.receiveEnd();
    expect(story()).toEqual([]);
    extension.go();
    expect(story()).toEqual(["onText a", "endTransport", "= closed", "onClose 1006"]);
  });

  test("the peer's close and end behind it: the close is clean", () => {
    const { connection, extension, story } = begun();
    connection.receive(close(1000));
    connection.receiveEnd();
    story();
    extension.go();
    expect(events([])).toEqual([]);
    const lines = story();
    expect(lines.filter((line) => /^(on|>)/.test(line))).toEqual([
      "onText a",
      "> close 1000",
      "onClose 1000 clean",
    ]);
  });

  test("the peer's close, its end, and the transport gone behind it: all that was sent is told, and the close is clean", () => {
    const { connection, extension, story } = begun();
    connection.receive(close(1000));
    connection.receiveEnd();
    connection.receiveError();
    extension.go();
    expect(story().filter((line) => /^(on|>)/.test(line))).toEqual([
      "onText a",
      "> close 1000",
      "onClose 1000 clean",
    ]);
  });

  test("the end, the transport gone, and an extension that never answers: closed when its time is up, and no timer is left", () => {
    const { connection, end, timers, story } = begun();
    connection.receiveEnd();
    connection.receiveError();
    expect([connection.state, timers()]).toEqual(["open", ["close"]]);
    connection.fireTimer("close");
    expect([events(end.take()), timers()]).toEqual([["onClose 1006"], []]);
    expect(story()).toEqual([]);
  });

  test("one that answers in time leaves no timer either", () => {
    const { connection, extension, end, timers } = begun();
    connection.receiveEnd();
    connection.receiveError();
    extension.go();
    expect([events(end.take()), timers()]).toEqual([["onText a", "onClose 1006"], []]);
  });

  test("a violation meanwhile, and the transport gone: nothing is waited for", () => {
    const extension = new FakeExtension("+", { slow: true });
    const { connection, end } = extendedServer([extension], { maxBufferedBytes: 3 });
    connection.receive(text("a+"));
    connection.receiveBacklog(3);
    connection.sendText("much");
    connection.receiveEnd();
    connection.receiveError();
    expect(events(end.take())).toEqual([
      "onViolation output-overflow",
      "onClose 1013 More than 3 bytes wait to be sent and are not being read",
    ]);
  });

  test("close() meanwhile: our close frame goes at once, and what is under way is still told", () => {
    const { connection, extension, story } = begun();
    connection.close(1000);
    expect(story()).toContain("> close 1000");
    extension.go();
    expect(story()).toEqual(["onText a"]);
    connection.receive(close(1000));
    connection.receiveEnd();
    expect(story().at(-1)).toBe("onClose 1000 clean");
    expect(extension.closed).toBe(1);
  });

  const endings: [name: string, act: (c: ServerConnection) => void][] = [
    [
      "terminate()",
      (c) => {
        c.terminate();
      },
    ],
    [
      "the transport is lost",
      (c) => {
        c.receiveError();
      },
    ],
    [
      "the close timer",
      (c) => {
        c.close();
        c.fireTimer("close");
      },
    ],
  ];
  test.each(endings)(
    "%s meanwhile: it is dropped, and its session freed when it is done",
    (_, act) => {
      const { connection, extension, end, timers } = begun();
      connection.receive(text("b", 0));
      act(connection);
      expect(events(end.take())).toEqual(["onClose 1006"]);
      expect([extension.closed, timers()]).toEqual([0, []]);
      extension.go();
      expect([end.take(), extension.closed, extension.closedEarly]).toEqual([[], 1, false]);
      connection.receive(text("late", 0));
      connection.receiveEnd();
      expect(end.take()).toEqual([]);
    },
  );

  test("a violation meanwhile: it is dropped, and the peer's end counts once it is done", () => {
    const extension = new FakeExtension("+", { slow: true });
    const { connection, end } = extendedServer([extension], { maxBufferedBytes: 3 });
    connection.receive(text("a+"));
    connection.receiveBacklog(3);
    connection.sendText("much");
    expect(events(end.take())).toEqual(["onViolation output-overflow"]);
    connection.receiveEnd();
    for (const { go } of extension.underWay.splice(0)) go();
    expect(events(end.take())).toEqual([
      "onClose 1013 More than 3 bytes wait to be sent and are not being read",
    ]);
    expect([extension.closed, extension.closedEarly]).toEqual([1, false]);
  });

  test("it fails in the end: what is behind it is dropped", () => {
    const { connection, extension, story } = begun();
    connection.receive(text("b", 0));
    story();
    extension.go({ code: "message-too-big" });
    expect(story().filter((line) => /^(on|>)/.test(line))).toEqual([
      "onViolation message-too-big",
      "> close 1009 WebSocket frame length too large",
    ]);
    connection.receiveEnd();
    expect(story().at(-1)).toBe("onClose 1009 WebSocket frame length too large");
  });

  test.each(["terminate", "close"] as const)(
    "%s() within the message: nothing behind it is told if it may not be",
    (command) => {
      const { connection, end, extension } = begun();
      connection.receive(text("b", 0));
      when(end, "onText", () => {
        connection[command]();
      });
      extension.go();
      const lines = events(end.take());
      expect(lines).toEqual(
        command === "terminate" ? ["onText a", "onClose 1006"] : ["onText a", "onText b"],
      );
    },
  );

  test("both directions at once, done in any order", () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const { connection, extension, end } = begun();
      connection.sendText("out");
      for (const at of order) extension.underWay[at]!.go();
      expect(storyOf(end.take()).sort()).toEqual(["> text out+", "onText a"]);
    }
  });

  test("a thousand messages in one chunk, one after the other", () => {
    const extension = new FakeExtension("+", { slow: true });
    const { connection, end } = extendedServer([extension]);
    connection.receive(joinBytes(Array.from({ length: 1000 }, (_, at) => text(`${at}+`))));
    for (let at = 0; at < 1000; at++) extension.go();
    expect(events(end.take())).toEqual(Array.from({ length: 1000 }, (_, at) => `onText ${at}`));
  });
});
