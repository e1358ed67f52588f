import { describe, expect, test } from "vitest";
import type { Connection } from "../../../src/connection/contract.ts";
import {
  ASCII_TEXT,
  BINARY,
  type BinaryType,
  MessageEvent,
  type MessageKind,
  TEXT,
} from "../../../src/shell/events/message-event.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";
import { cut, utf8 } from "../../../src/testing/wire/bytes.ts";

const platform = createTestPlatform();

/** A message as it arrives: inside a chunk, or in parts. */
function message(
  kind: MessageKind,
  payload: Uint8Array,
  inParts: boolean,
  binaryType: BinaryType = "nodebuffer",
): { event: MessageEvent; chunk: Uint8Array } {
  const chunk = new Uint8Array(payload.length + 7);
  chunk.set(payload, 3);
  if (!inParts)
    return {
      event: new MessageEvent(kind, chunk, 3, 3 + payload.length, undefined, platform, binaryType),
      chunk,
    };
  const parts = cut(payload, [1, payload.length >> 1]);
  return {
    event: new MessageEvent(kind, undefined, 0, payload.length, parts, platform, binaryType),
    chunk: parts[1]!,
  };
}

const payloads: [name: string, payload: Uint8Array][] = [2, 47, 49, 4096, 4097, 70_000].map(
  (size) => [`${size} bytes`, new Uint8Array(size).map((_, at) => at * 7)],
);
const isOf: Record<Exclude<BinaryType, "blob">, (data: unknown) => boolean> = {
  nodebuffer: (data) => Buffer.isBuffer(data),
  arraybuffer: (data) => data instanceof ArrayBuffer,
  uint8array: (data) => data instanceof Uint8Array && !Buffer.isBuffer(data),
};

describe.each(Object.keys(isOf) as (keyof typeof isOf)[])("binary as %s", (binaryType) => {
  describe.each([
    ["inside a chunk", false],
    ["in parts", true],
  ])("%s", (_, inParts) => {
    test.each(payloads)("%s", (_, payload) => {
      const { event } = message(BINARY, payload, inParts, binaryType);
      const { data } = event;
      expect(isOf[binaryType](data)).toBe(true);
      expect(Buffer.from(data as Uint8Array).equals(payload)).toBe(true);
      expect(event.data).toBe(data);
      expect(event.size).toBe(payload.length);
    });
  });
});

test("up to 4 KiB data is a copy; over that a view of its chunk, but for an ArrayBuffer", () => {
  const small = message(BINARY, new Uint8Array(4096), false);
  const large = message(BINARY, new Uint8Array(4097), false);
  const array = message(BINARY, new Uint8Array(4097), false, "arraybuffer");
  expect((small.event.data as Buffer).buffer).not.toBe(small.chunk.buffer);
  expect((large.event.data as Buffer).buffer).toBe(large.chunk.buffer);
  expect((array.event.data as ArrayBuffer).byteLength).toBe(4097);
});

describe.each([
  ["inside a chunk", false],
  ["in parts that split characters", true],
])("text %s", (_, inParts) => {
  test.each([
    ["ASCII", ASCII_TEXT, "plain text"],
    ["beyond", TEXT, "ü€😀"],
  ] as const)("%s", (_, kind, text) => {
    const { event } = message(kind, utf8(text), inParts);
    expect([event.data, event.data, event.type]).toEqual([text, text, "message"]);
  });
});

test("long text, and what came in parts, is decoded when it is read, and once", () => {
  let decoded = 0;
  const counting = {
    ...platform,
    decodeUtf8: () => {
      decoded++;
      return "";
    },
  };
  const long = new Uint8Array(16_385);
  const events = [
    new MessageEvent(TEXT, long, 0, 16_385, undefined, counting, "nodebuffer"),
    new MessageEvent(TEXT, undefined, 0, 2, [utf8("a"), utf8("b")], counting, "nodebuffer"),
  ];
  expect(decoded).toBe(0);
  for (const event of events) void [event.data, event.data, { ...event }];
  expect(decoded).toBe(2);
});

describe("a copy, and JSON", () => {
  const FIELDS = ["type", "target", "currentTarget", "eventPhase", "data"];
  test.each(
    [1, 1024, 4097, 16_384, 16_385].flatMap((size) =>
      [false, true].flatMap((inParts) =>
        ([TEXT, ASCII_TEXT, BINARY] as const).map((kind) => [size, inParts, kind] as const),
      ),
    ),
  )(
    "%i bytes, in parts: %s, kind %i: has data, and nothing of the inside",
    (size, inParts, kind) => {
      const { event } = message(kind, new Uint8Array(size).fill(97), inParts);
      const copy = { ...event };
      expect(Object.keys(copy)).toEqual(FIELDS);
      expect(Object.keys(Object.assign({}, event))).toEqual(FIELDS);
      expect(Reflect.ownKeys(event)).toEqual(FIELDS);
      expect(copy.data).toBe(event.data);
      expect(copy.data).toHaveLength(size);
      expect(JSON.parse(JSON.stringify(event))).toEqual(
        JSON.parse(JSON.stringify({ type: "message", data: event.data })),
      );
      event.data = "another";
      expect({ ...event }.data).toBe("another");
      expect(event.toBytes()).toBe(undefined);
    },
  );
});

/** The calls by which an event relays its message to a connection. */
function relayed(event: MessageEvent): { done: boolean | undefined; calls: unknown[] } {
  const calls: unknown[] = [];
  const note =
    (name: string) =>
    (...args: unknown[]): boolean =>
      calls.push([name, ...args]) > 0;
  const connection = {
    sendText: note("sendText"),
    sendTextBytes: note("sendTextBytes"),
    sendBinary: note("sendBinary"),
    sendParts: note("sendParts"),
  } as unknown as Connection;
  return { done: event.relay(connection, false), calls };
}

test("a relay passes ranges and parts as they are", () => {
  const bytes = utf8("0123");
  const parts = [utf8("ab"), utf8("c")];
  const of = (kind: MessageKind, inParts: boolean): MessageEvent =>
    inParts
      ? new MessageEvent(kind, undefined, 0, 3, parts, platform, "nodebuffer")
      : new MessageEvent(kind, bytes, 1, 3, undefined, platform, "nodebuffer");
  expect(relayed(of(TEXT, false))).toEqual({
    done: true,
    calls: [["sendTextBytes", bytes, 1, 3, false]],
  });
  expect(relayed(of(BINARY, false))).toEqual({
    done: true,
    calls: [["sendBinary", bytes, 1, 3, false]],
  });
  expect(relayed(of(ASCII_TEXT, true))).toEqual({
    done: true,
    calls: [["sendParts", "text", parts, 3, false]],
  });
  expect(relayed(of(BINARY, true))).toEqual({
    done: true,
    calls: [["sendParts", "binary", parts, 3, false]],
  });
});

test("an event knows whether it would be sent as binary, also after something else was assigned", () => {
  const isBinary = (kind: MessageKind, assigned?: unknown): boolean => {
    const { event } = message(kind, utf8("[1]"), false);
    if (assigned !== undefined) event.data = assigned as never;
    return event.isBinary;
  };
  expect([isBinary(TEXT), isBinary(ASCII_TEXT), isBinary(BINARY)]).toEqual([false, false, true]);
  expect([
    isBinary(BINARY, "text"),
    isBinary(BINARY, [1]),
    isBinary(TEXT, utf8("a")),
    isBinary(TEXT, new ArrayBuffer(1)),
  ]).toEqual([false, false, true, true]);
});

test("data that was assigned is what is read, and is not relayed as it came", () => {
  const { event } = message(TEXT, utf8("[1]"), false);
  event.data = JSON.parse(event.data as string) as never;
  expect(event.data).toEqual([1]);
  expect(relayed(event)).toEqual({ done: undefined, calls: [] });
});
