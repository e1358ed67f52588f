/** Messages leave through extensions in order, one at a time, overtaken by pings and never by a close. */
import { describe, expect, test } from "vitest";
import type { Action } from "../../../src/actions.ts";
import type { Connection } from "../../../src/connection/contract.ts";
import { CLOSE, PING } from "../../../src/frame/opcode.ts";
import { closePayload, masked, utf8 } from "../../../src/testing/wire/bytes.ts";
import { FakeExtension } from "../../extension/fake-extension.ts";
import { extendedServer, framesOf } from "../extended.ts";
import { openServer } from "../story.ts";

const slow = (): FakeExtension => new FakeExtension("+", { slow: true });
const close = (code: number): Uint8Array => masked(CLOSE, closePayload(code));
const told = (actions: readonly Action[]): string[] =>
  actions.flatMap((action) =>
    action[0] === "onViolation"
      ? [action[1].code]
      : action[0] === "onClose"
        ? [`closed ${action[1]} ${action[3]}`]
        : [],
  );

describe("an extension that is done at once", () => {
  const rows: [name: string, send: (c: Connection) => void, frame: string][] = [
    [
      "text",
      (c) => {
        c.sendText("a");
      },
      "1 4 a+",
    ],
    [
      "bytes of text",
      (c) => {
        c.sendTextBytes(utf8("xabx"), 1, 3);
      },
      "1 4 ab+",
    ],
    [
      "binary",
      (c) => {
        c.sendBinary(utf8("xabx"), 1, 3);
      },
      "2 4 ab+",
    ],
    [
      "parts",
      (c) => {
        c.sendParts("text", [utf8("a"), utf8("b")], 2);
      },
      "1 4 ab+",
    ],
    [
      "binary parts",
      (c) => {
        c.sendParts("binary", [utf8("a"), utf8("b")], 2);
      },
      "2 4 ab+",
    ],
    [
      "an empty text",
      (c) => {
        c.sendText("");
      },
      "1 4 +",
    ],
    [
      "a long text",
      (c) => {
        c.sendText("x".repeat(70_000));
      },
      `1 4 ${"x".repeat(70_000)}+`,
    ],
  ];
  test.each(rows)("%s", (_, send, frame) => {
    const { connection, end } = extendedServer([new FakeExtension("+")]);
    send(connection);
    expect(connection.bufferedBytes).toBe(0);
    expect(framesOf(end.take())).toEqual([frame]);
  });

  test("two write in their order, each with its bit", () => {
    const { connection, end } = extendedServer([
      new FakeExtension("a", { rsv: 4 }),
      new FakeExtension("b", { rsv: 1 }),
    ]);
    connection.sendText("x");
    expect(framesOf(end.take())).toEqual(["1 5 xab"]);
  });

  test("control frames do not pass through it", () => {
    const { connection, end } = extendedServer([new FakeExtension("+")]);
    connection.ping(utf8("p"));
    connection.pong(utf8("q"));
    connection.close(1000);
    expect(framesOf(end.take())).toEqual(["9 0 p", "10 0 q", "close 1000"]);
  });

  test("a failure closes, by its code", () => {
    const extension = new FakeExtension("+");
    const { connection, end } = extendedServer([extension]);
    extension.failure = { code: "extension-failed", message: "+: no" };
    connection.sendText("x");
    const actions = end.take();
    expect([framesOf(actions), told(actions), connection.bufferedBytes]).toEqual([
      ["close 1010"],
      ["extension-failed"],
      0,
    ]);
  });
});

describe("an extension that takes its time", () => {
  test("messages wait for each other, whatever their size or kind, and their bytes count", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension]);
    connection.sendText("first");
    connection.sendBinary(utf8("second"));
    connection.sendText("3");
    expect([
      framesOf(end.take()),
      connection.bufferedBytes,
      extension.underWay.map(({ text }) => text),
    ]).toEqual([[], 12, ["first"]]);
    extension.go();
    expect([framesOf(end.take()), connection.bufferedBytes]).toEqual([["1 4 first+"], 7]);
    extension.go();
    extension.go();
    expect([framesOf(end.take()), connection.bufferedBytes, extension.underWay]).toEqual([
      ["2 4 second+", "1 4 3+"],
      0,
      [],
    ]);
  });

  test("those behind it that are done at once follow in the same write", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension]);
    connection.sendText("1");
    extension.slow = false;
    for (const text of ["2", "3", "4"]) connection.sendText(text);
    expect(connection.bufferedBytes).toBe(4);
    extension.go();
    const actions = end.take();
    expect(framesOf(actions)).toEqual(["1 4 1+", "1 4 2+", "1 4 3+", "1 4 4+"]);
    expect(actions.filter(([type]) => type === "write")).toHaveLength(1);
    expect(connection.bufferedBytes).toBe(0);
    connection.sendText("5");
    expect(framesOf(end.take())).toEqual(["1 4 5+"]);
  });

  test("a message sent from within a step of another goes behind those that wait", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension]);
    connection.sendText("1");
    connection.sendText("2");
    end.write = (bytes) => {
      (Object.getPrototypeOf(end) as typeof end).write.call(end, bytes);
      if (connection.bufferedBytes > 0) connection.sendText("3");
    };
    extension.go();
    extension.go();
    extension.go();
    expect(framesOf(end.take())).toEqual(["1 4 1+", "1 4 2+", "1 4 3+"]);
  });

  test("ten thousand that wait take no stack", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension]);
    connection.sendText("x");
    extension.slow = false;
    for (let i = 0; i < 10_000; i++) connection.sendText("");
    extension.go();
    expect(framesOf(end.take())).toHaveLength(10_001);
  });

  test("pings and pongs overtake, also the answer to a ping", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension]);
    connection.sendText("slow");
    connection.ping(utf8("p"));
    connection.receive(masked(PING, "q"));
    expect(framesOf(end.take())).toEqual(["9 0 p", "10 0 q"]);
    extension.go();
    expect(framesOf(end.take())).toEqual(["1 4 slow+"]);
  });

  test("a close does not overtake, and nothing may be sent behind it", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension]);
    connection.sendText("1");
    connection.sendText("2");
    connection.close(1000);
    expect([framesOf(end.take()), connection.path, connection.sendable]).toEqual([
      [],
      "alive.closing.draining",
      false,
    ]);
    extension.go();
    expect(framesOf(end.take())).toEqual(["1 4 1+"]);
    extension.go();
    expect([framesOf(end.take()), connection.path]).toEqual([
      ["1 4 2+", "close 1000"],
      "alive.closing.awaitingClose",
    ]);
    connection.receive(close(1000));
    connection.receiveEnd();
    expect([told(end.take()), extension.closed]).toEqual([["closed 1000 true"], 1]);
  });

  test("nor does the answer to the peer's close", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension]);
    connection.sendText("1");
    connection.receive(close(4000));
    expect([framesOf(end.take()), connection.path]).toEqual([[], "alive.closing.replying"]);
    extension.go();
    expect([framesOf(end.take()), connection.path]).toEqual([
      ["1 4 1+", "close 4000"],
      "alive.closing.ending",
    ]);
    connection.receiveEnd();
    expect(told(end.take())).toEqual(["closed 4000 true"]);
  });

  test("both closing at once, behind a message", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension]);
    connection.sendText("1");
    connection.close(1000);
    connection.receive(close(1001));
    extension.go();
    expect(framesOf(end.take())).toEqual(["1 4 1+", "close 1000"]);
    connection.receiveEnd();
    expect(told(end.take())).toEqual(["closed 1001 true"]);
  });

  test("the close timer does not wait for it", () => {
    const extension = slow();
    const { connection, end, timers } = extendedServer([extension]);
    connection.sendText("1");
    connection.close(1000);
    connection.fireTimer("close");
    expect([told(end.take()), end.destroyed, timers(), extension.closed]).toEqual([
      ["closed 1006 false"],
      true,
      [],
      0,
    ]);
    extension.go();
    expect([extension.closed, extension.closedEarly, end.take()]).toEqual([1, false, []]);
  });
});

describe("a failure", () => {
  const FAILED = { code: "extension-failed" } as const;

  test("in the middle: what was before it has gone, what is behind it never goes", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension]);
    for (const text of ["1", "2", "3", "4"]) connection.sendText(text);
    extension.go();
    extension.go(FAILED);
    const actions = end.take();
    expect([framesOf(actions), told(actions)]).toEqual([
      ["1 4 1+", "close 1010"],
      ["extension-failed"],
    ]);
    expect([extension.underWay, connection.bufferedBytes]).toEqual([[], 0]);
    connection.receiveEnd();
    expect(told(end.take())).toEqual(["closed 1010 false"]);
    expect(extension.closed).toBe(1);
  });

  test("at once, behind one that took its time: nothing is counted twice", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension]);
    connection.sendText("1");
    connection.sendText("fails");
    connection.sendText("3");
    extension.slow = false;
    extension.failure = FAILED;
    extension.go();
    const actions = end.take();
    expect([framesOf(actions), told(actions)]).toEqual([
      ["1 4 1+", "close 1010"],
      ["extension-failed"],
    ]);
    expect(connection.bufferedBytes).toBe(0);
  });

  test("while we are closing: the failure is what the close frame says", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension]);
    connection.sendText("1");
    connection.close(1000);
    extension.go(FAILED);
    expect([framesOf(end.take()), connection.path]).toEqual([
      ["close 1010"],
      "alive.closing.ending",
    ]);
  });

  test("while the peer's close waits for an answer: it is answered, and the transport ends", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension]);
    connection.sendText("1");
    connection.receive(close(1000));
    extension.go(FAILED);
    expect([framesOf(end.take()), connection.path]).toEqual([
      ["close 1010"],
      "alive.closing.ending",
    ]);
    connection.receiveEnd();
    expect(told(end.take())).toEqual(["closed 1010 false"]);
  });
});

describe("the limit on what waits", () => {
  test("counts the bytes that wait for extensions", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension], { maxBufferedBytes: 10 });
    connection.sendText("12345");
    connection.sendText("67890");
    expect(told(end.take())).toEqual([]);
    connection.sendText("x");
    const actions = end.take();
    expect([told(actions), framesOf(actions)]).toEqual([["output-overflow"], ["close 1013"]]);
    extension.go();
    expect(framesOf(end.take())).toEqual([]);
  });

  test("and those which the transport holds", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension], { maxBufferedBytes: 10 });
    connection.receiveBacklog(6);
    connection.sendText("1234");
    expect(told(end.take())).toEqual([]);
    connection.sendText("5");
    expect(told(end.take())).toEqual(["output-overflow"]);
  });
});

describe("a connection that ends while a message is under way", () => {
  const ends: [name: string, act: (c: Connection) => void][] = [
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
      "the transport ends",
      (c) => {
        c.receiveEnd();
      },
    ],
  ];
  test.each(ends)("%s: the message is dropped, its session freed once it is done", (_, act) => {
    const extension = slow();
    const other = new FakeExtension("other", { rsv: 2 });
    const { connection, end } = extendedServer([extension, other]);
    connection.sendText("1");
    connection.sendText("2");
    act(connection);
    expect([told(end.take()), connection.bufferedBytes, extension.closed, other.closed]).toEqual([
      ["closed 1006 false"],
      0,
      0,
      0,
    ]);
    extension.go();
    expect([
      end.take(),
      extension.underWay,
      extension.closed,
      other.closed,
      extension.closedEarly,
    ]).toEqual([[], [], 1, 1, false]);
    expect(connection.bufferedBytes).toBe(0);
  });

  test.each(ends)("%s, with nothing under way: sessions are freed at once", (_, act) => {
    const extension = new FakeExtension("+");
    const { connection } = extendedServer([extension]);
    connection.sendText("1");
    act(connection);
    expect(extension.closed).toBe(1);
  });

  test("a message written into a connection that closes upon it", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension], { maxBufferedBytes: 100 });
    connection.sendText("1");
    connection.sendText("2");
    end.write = () => {
      connection.terminate();
    };
    extension.go();
    extension.go();
    expect([told(end.take()), extension.closed, connection.bufferedBytes]).toEqual([
      ["closed 1006 false"],
      1,
      0,
    ]);
  });
});

describe("bytes of the caller's", () => {
  test.each([4096, 4097])(
    "%i of them, changed while they wait: up to 4 KiB are copied at once, more are not (chunks may be Buffers)",
    (size) => {
      const extension = slow();
      const { connection, end } = extendedServer([extension]);
      const payload = Buffer.alloc(size, "a");
      connection.sendBinary(payload);
      connection.sendBinary(payload);
      payload.fill("b");
      extension.slow = false;
      extension.go();
      const kept = size <= 4096 ? "a" : "b";
      expect(framesOf(end.take())).toEqual([
        `2 4 ${kept.repeat(size)}+`,
        `2 4 ${kept.repeat(size)}+`,
      ]);
    },
  );

  test("the peer's close, lent in a Buffer, is answered as it was", () => {
    const extension = slow();
    const { connection, end } = extendedServer([extension]);
    const chunk = Buffer.from(close(4000));
    connection.sendText("1");
    connection.receive(chunk);
    chunk.fill(0);
    extension.go();
    expect(framesOf(end.take())).toEqual(["1 4 1+", "close 4000"]);
  });
});

test("without extensions nothing waits", () => {
  const { connection, story } = openServer();
  connection.cork();
  connection.sendText("a");
  expect(connection.bufferedBytes).toBe(3);
  connection.uncork();
  expect(story()).toEqual(["> text a"]);
});
