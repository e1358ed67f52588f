import { expect, test } from "vitest";
import {
  closePayload,
  cut,
  frame,
  masked,
  openingHead,
  utf8,
} from "../../../src/testing/wire/bytes.ts";
import { decodeFrame } from "../../../src/testing/wire/frames.ts";

test.each([0, 125, 126, 65535, 65536])("a frame of %d bytes, and its masked form", (size) => {
  const payload = new Uint8Array(size).fill(7);
  const before = payload.slice();
  for (const [bytes, key] of [
    [frame(2, payload, { fin: false, rsv: 4 }), 0],
    [masked(2, payload, { fin: false, rsv: 4 }), 0x01020304],
  ] as const) {
    const { frame: read, used } = decodeFrame(bytes)!;
    expect(used).toBe(bytes.length);
    expect([read.opcode, read.fin, read.rsv, read.key]).toEqual([2, false, 4, key]);
    expect(Buffer.compare(read.payload, before)).toBe(0);
  }
  expect(Buffer.compare(payload, before)).toBe(0);
});

test('the masked "Hello" of RFC 6455 §5.7', () => {
  expect(Buffer.from(masked(1, "Hello", { key: 0x37fa213d })).toString("hex")).toBe(
    "818537fa213d7f9f4d5158",
  );
});

test("a close payload", () => {
  expect([...closePayload(1000, "é")]).toEqual([3, 232, 0xc3, 0xa9]);
});

test("an opening head, with fields changed, added and taken away", () => {
  const text = Buffer.from(
    openingHead({ Host: "x", Origin: "y", Upgrade: undefined }, "/z"),
  ).toString();
  expect(text.split("\r\n")).toEqual([
    "GET /z HTTP/1.1",
    "Host: x",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    "Origin: y",
    "",
    "",
  ]);
});

test("pieces have memory of their own", () => {
  const bytes = utf8("abcd");
  const pieces = cut(bytes, [1, 1, 3]);
  bytes.fill(0);
  expect(pieces.map((piece) => Buffer.from(piece).toString())).toEqual(["a", "", "bc", "d"]);
});
