import { describe, expect, test } from "vitest";
import { close, closeWith, flush, send, sendControl } from "../../../src/shell/websocket/send.ts";
import { BINARY, MessageEvent, TEXT } from "../../../src/shell/events/message-event.ts";
import { utf8 } from "../../../src/testing/wire/bytes.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";
import { UsageError } from "../../../src/violation.ts";
import { fake } from "./fake-driver.ts";
import { settle } from "./wired.ts";

describe("send", () => {
  test("goes at once where the connection takes it, behind a cork", () => {
    const { session, driver } = fake();
    expect(send(session, "text")).toBe(true);
    expect(driver.calls).toEqual([["cork"], ["sendText", "text"]]);
  });

  test("tells when the transport is backed up", () => {
    const { session, driver } = fake();
    driver.backedUp = true;
    expect(send(session, utf8("a"))).toBe(false);
    expect(driver.take()).toEqual([["sendBinary", "bytes a"]]);
  });

  test.each(["closing", "closed"] as const)("%s: nothing goes, and false is returned", (state) => {
    const { session, driver } = fake(state);
    expect([
      send(session, "a"),
      send(session, new Blob(["a"])),
      driver.take(),
      session.queue,
    ]).toEqual([false, false, [], undefined]);
  });

  test("on a socket that never lived: false, but undefined is still an error", () => {
    const { session } = fake();
    session.driver = undefined;
    expect(send(session, "a")).toBe(false);
    expect(() => send(session, undefined)).toThrow(TypeError);
  });

  test("before the opening it waits, and what is sent then keeps its order", () => {
    const { session, driver } = fake("connecting");
    expect([
      send(session, "ü"),
      send(session, utf8("b")),
      sendControl(session, "ping", "c"),
      session.bufferedAmount,
    ]).toEqual([true, true, true, 4]);
    expect(driver.take()).toEqual([]);
    driver.state = "open";
    flush(session);
    expect(driver.take()).toEqual([
      ["sendTextBytes", "bytes ü"],
      ["sendBinary", "bytes b"],
      ["ping", "bytes c"],
    ]);
    expect([session.queue, session.bufferedAmount]).toEqual([undefined, 0]);
  });

  test("more than may wait is given up: an error, then close", () => {
    const { session, driver, socket: socket } = fake("connecting", 10);
    const seen: unknown[] = [];
    socket.onerror = (event) => {
      seen.push(event.code);
    };
    socket.onclose = (event) => {
      seen.push(event.code);
    };
    expect([send(session, "0123456789"), send(session, "1")]).toEqual([true, false]);
    expect([seen, driver.take()]).toEqual([["output-overflow", 1006], [["terminate"]]]);
  });
});

describe("a Blob", () => {
  test("holds back what comes after it, the close too", async () => {
    const { session, driver } = fake();
    send(session, new Blob(["blob"]));
    send(session, "text");
    close(session, 3000, "end");
    expect([
      session.readyState,
      send(session, "late"),
      sendControl(session, "pong", ""),
      driver.take(),
    ]).toEqual([2, false, false, []]);
    close(session, 3001, "again");
    await settle();
    expect(driver.take()).toEqual([
      ["sendBinary", "bytes blob"],
      ["sendTextBytes", "bytes text"],
      ["close", 3000, "end"],
    ]);
  });

  test("two of them keep their order", async () => {
    const { session, driver } = fake();
    send(session, new Blob(["one"]));
    send(session, new Blob(["two"]));
    await settle();
    expect([driver.take(), session.queue]).toEqual([
      [
        ["sendBinary", "bytes one"],
        ["sendBinary", "bytes two"],
      ],
      undefined,
    ]);
  });

  test.each([
    ["an error", new Error("unreadable")],
    ["anything else", "unreadable"],
  ])("that cannot be read ends the connection: %s", async (_, reason) => {
    const { session, driver, socket: socket } = fake();
    const seen: unknown[] = [];
    socket.onerror = (event) => {
      seen.push(event.message, event.error);
    };
    send(session, Object.assign(new Blob(["x"]), { arrayBuffer: () => Promise.reject(reason) }));
    await settle();
    expect([seen, driver.take()]).toEqual([["unreadable", reason], [["terminate"]]]);
  });

  test("that is read too late goes nowhere", async () => {
    const { session, driver } = fake();
    send(session, new Blob(["x"]));
    driver.end(1000, "");
    await settle();
    expect(driver.take()).toEqual([]);
  });
});

describe("ping and pong", () => {
  const payloads: [message: unknown, sent: unknown][] = [
    [undefined, undefined],
    [null, undefined],
    ["", undefined],
    ["ü", "bytes ü"],
    [5, "bytes 5"],
    [utf8("a"), "bytes a"],
    [utf8("ab").buffer, "bytes ab"],
  ];
  test.each(payloads)("a payload of %o", (message, sent) => {
    const { session, driver } = fake();
    expect([sendControl(session, "ping", message), sendControl(session, "pong", message)]).toEqual([
      true,
      true,
    ]);
    expect(driver.take()).toEqual([
      ["ping", sent],
      ["pong", sent],
    ]);
  });

  test("125 bytes go, 126 are a RangeError and nothing is waited for", () => {
    const { session, driver } = fake();
    sendControl(session, "ping", "x".repeat(125));
    expect(() => sendControl(session, "ping", "x".repeat(126), () => {})).toThrow(RangeError);
    expect(() => sendControl(session, "pong", "ü".repeat(63))).toThrow(RangeError);
    expect([driver.take().length, session.pongCallbacks]).toEqual([1, undefined]);
  });

  test("a callback is kept until its pong", () => {
    const { session } = fake();
    const seen: string[] = [];
    sendControl(session, "ping", "a", () => seen.push("a"));
    sendControl(session, "ping", null, () => seen.push("empty"));
    for (const text of ["b", "", "a", "a"]) session.onPong(utf8(text), 0, text.length);
    expect(seen).toEqual(["empty", "a"]);
  });

  test("on a socket that never lived", () => {
    const { session } = fake();
    session.driver = undefined;
    expect(sendControl(session, "ping", "a")).toBe(false);
  });
});

describe("close", () => {
  const codes: [given: unknown, sent: number][] = [
    [undefined, 1000],
    [1000, 1000],
    [3000, 3000],
    [4999, 4999],
    ["3000", 3000],
  ];
  test.each(codes)("code %o", (given, sent) => {
    const { session, driver } = fake();
    close(session, given, undefined);
    expect(driver.take()).toEqual([["close", sent, ""]]);
  });

  test.each([null, "1000", 0, 999, 1001, 2999, 5000, NaN, 3000.5, Infinity, {}])(
    "code %o is refused",
    (code) => {
      const { session, driver } = fake();
      expect(() => {
        close(session, code, "");
      }).toThrow(
        expect.objectContaining({
          name: "InvalidAccessError",
          message: expect.stringContaining(`${String(code)} is neither.`) as unknown,
        }),
      );
      expect(driver.take()).toEqual([]);
    },
  );

  test("a reason of 123 bytes goes, of 124 is a RangeError", () => {
    const { session, driver } = fake();
    expect(() => {
      close(session, 1000, "x".repeat(124));
    }).toThrow(RangeError);
    close(session, 1000, "x".repeat(123));
    expect(driver.take()).toEqual([["close", 1000, "x".repeat(123)]]);
  });

  test("happens once", () => {
    const { session, driver } = fake();
    for (const code of [3000, 3001]) close(session, code, null);
    expect(driver.take()).toEqual([["close", 3000, ""]]);
  });

  test("before the opening it gives up what waits", () => {
    const { session, driver, socket: socket } = fake("connecting");
    const seen: unknown[] = [];
    socket.onclose = (event) => {
      seen.push(event.code, event.reason);
    };
    send(session, "waits");
    close(session, 3000, "no more");
    expect([driver.take(), seen, session.bufferedAmount]).toEqual([
      [["close", 3000, "no more"]],
      [3000, "no more"],
      0,
    ]);
  });

  test("on a socket that never lived", () => {
    const { session } = fake();
    session.driver = undefined;
    expect([close(session, 1000, ""), closeWith(session, 1001, "")]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("a server may send what an application may not", () => {
    const { session, driver } = fake();
    session.close(1001, "going away");
    expect(driver.take()).toEqual([["close", 1001, "going away"]]);
  });
});

test("flushing what is not there does nothing", () => {
  const { session, driver } = fake();
  flush(session);
  session.driver = undefined;
  flush(session);
  expect(driver.calls).toEqual([]);
});

describe("a peer that speaks a draft which knows text only", () => {
  const refused: [name: string, data: () => unknown][] = [
    ["bytes", () => utf8("a")],
    ["an ArrayBuffer", () => new ArrayBuffer(1)],
    ["a Blob", () => new Blob(["a"])],
    [
      "a binary event",
      () =>
        new MessageEvent(BINARY, utf8("a"), 0, 1, undefined, createTestPlatform(), "nodebuffer"),
    ],
  ];
  test.each(refused)(
    "%s is refused, before the opening and after it, and nothing is changed",
    (_, data) => {
      for (const state of ["connecting", "open"] as const) {
        const { session, driver } = fake(state);
        session.version = "hixie-76";
        expect(() => send(session, data())).toThrow(UsageError);
        expect([driver.calls, session.queue]).toEqual([[], undefined]);
      }
    },
  );

  test("text goes, an event of text too; pings are not sent", () => {
    const { session, driver } = fake();
    session.version = "hixie-75";
    expect([
      send(session, "a"),
      send(
        session,
        new MessageEvent(TEXT, utf8("b"), 0, 1, undefined, createTestPlatform(), "nodebuffer"),
      ),
    ]).toEqual([true, true]);
    expect([sendControl(session, "ping", "x", () => {}), sendControl(session, "pong", "")]).toEqual(
      [false, false],
    );
    expect([driver.take().map(([name]) => name), session.pongCallbacks]).toEqual([
      ["sendText", "sendTextBytes"],
      undefined,
    ]);
  });
});

test.each([
  [undefined, true],
  [null, true],
  [{}, true],
  [{ compress: true }, true],
  [{ compress: false }, false],
  [() => {}, true],
])("send(…, %o) lets extensions compress it: %s", (options, compress) => {
  const open = fake();
  const waiting = fake("connecting");
  send(open.session, "a", options as { compress?: boolean });
  send(waiting.session, "a", options as { compress?: boolean });
  waiting.driver.state = "open";
  flush(waiting.session);
  expect(open.driver.take()).toEqual([compress ? ["sendText", "a"] : ["sendText", "a", false]]);
  expect(waiting.driver.take()).toEqual([
    compress
      ? ["sendTextBytes", "bytes a"]
      : ["sendTextBytes", "bytes a", undefined, undefined, false],
  ]);
});
