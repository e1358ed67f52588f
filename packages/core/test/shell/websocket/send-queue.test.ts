import { describe, expect, test, vi } from "vitest";
import { BINARY, MessageEvent } from "../../../src/shell/events/message-event.ts";
import { isBlob, SendQueue, sendOn, toSendable } from "../../../src/shell/websocket/send-queue.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";
import { utf8 } from "../../../src/testing/wire/bytes.ts";
import { FakeDriver } from "./fake-driver.ts";
import { settle } from "./wired.ts";

const event = (text: string): MessageEvent =>
  new MessageEvent(
    BINARY,
    utf8(text),
    0,
    text.length,
    undefined,
    createTestPlatform(),
    "nodebuffer",
  );

describe("what can be sent", () => {
  const kept: [name: string, data: unknown][] = [
    ["a string", "a"],
    ["a Uint8Array", utf8("a")],
    ["a Buffer", Buffer.from("a")],
    ["a message event", event("a")],
    ["a Blob", new Blob(["a"])],
    ["a File", new File(["a"], "name")],
  ];
  test.each(kept)("%s stays as it is", (_, data) => {
    expect(toSendable(data)).toBe(data);
    expect(isBlob(toSendable(data))).toBe(data instanceof Blob);
  });

  const views: [name: string, data: unknown][] = [
    ["ArrayBuffer", utf8("ab").buffer],
    ["DataView", new DataView(utf8("xab").buffer, 1)],
    ["Int8Array", new Int8Array([97, 98])],
    [
      "SharedArrayBuffer",
      (() => {
        const shared = new SharedArrayBuffer(2);
        new Uint8Array(shared).set([97, 98]);
        return shared;
      })(),
    ],
  ];
  test.each(views)("%s is the bytes it holds", (_, data) => {
    expect(Buffer.from(toSendable(data) as Uint8Array).toString()).toBe("ab");
  });

  const texts: [data: unknown, text: string][] = [
    [5, "5"],
    [true, "true"],
    [null, "null"],
    [10n, "10"],
    [Symbol("s"), "Symbol(s)"],
    [{}, "[object Object]"],
    [[1, 2], "1,2"],
    [{ [Symbol.toStringTag]: "Blob" }, "[object Blob]"],
  ];
  test.each(texts)("%s becomes text", (data, text) => {
    expect(toSendable(data)).toBe(text);
  });

  test("undefined is refused", () => {
    expect(() => toSendable(undefined)).toThrow(TypeError);
  });
});

test("an event whose data was assigned is sent as that", () => {
  const { connection, calls } = new FakeDriver();
  const changed = event("old");
  changed.data = { toString: () => "new" } as never;
  sendOn(connection, event("as it came"), true);
  sendOn(connection, changed, false);
  expect(calls).toEqual([
    ["sendBinary", "bytes as it came", 0, 10],
    ["sendText", "new", false],
  ]);
});

test("what waits is sent in order, up to a Blob that is not read yet", async () => {
  const queue = new SendQueue();
  const driver = new FakeDriver();
  const read = vi.fn();
  const failed = vi.fn();
  queue.addBytes("text", utf8("1"));
  queue.addBytes("ping", undefined);
  queue.addMessage(utf8("22"), false);
  queue.addBlob(new Blob(["333"]), false, read, failed);
  queue.addMessage(event("4444"), false);
  queue.addBytes("text", utf8("text"), false);
  queue.addBytes("pong", utf8("5"));
  expect(queue.size).toBe(15);
  expect(queue.flush(driver.connection)).toBe(false);
  expect([driver.take(), queue.size]).toEqual([
    [
      ["sendTextBytes", "bytes 1"],
      ["ping", undefined],
      ["sendBinary", "bytes 22", undefined, undefined, false],
    ],
    12,
  ]);
  await settle();
  expect([read.mock.calls.length, failed.mock.calls.length]).toEqual([1, 0]);
  expect(queue.flush(driver.connection)).toBe(true);
  expect([driver.take(), queue.size]).toEqual([
    [
      ["sendBinary", "bytes 333", undefined, undefined, false],
      ["sendBinary", "bytes 4444", 0, 4, false],
      ["sendTextBytes", "bytes text", undefined, undefined, false],
      ["pong", "bytes 5"],
    ],
    0,
  ]);
});

test("nothing is sent while the connection takes nothing", () => {
  const queue = new SendQueue();
  const driver = new FakeDriver();
  driver.state = "connecting";
  queue.addBytes("text", utf8("1"));
  expect([queue.flush(driver.connection), driver.take(), queue.size]).toEqual([false, [], 1]);
});

test("a Blob that cannot be read is told", async () => {
  const queue = new SendQueue();
  const read = vi.fn();
  const failed = vi.fn();
  const error = new Error("gone");
  queue.addBlob({ size: 1, arrayBuffer: () => Promise.reject(error) }, true, read, failed);
  await settle();
  expect([read.mock.calls, failed.mock.calls]).toEqual([[], [[error]]]);
});
