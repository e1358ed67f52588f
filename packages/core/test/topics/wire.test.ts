import fc from "fast-check";
import { expect, test } from "vitest";
import { createTestPlatform } from "../../src/testing/platform.ts";
import { decodeHead, encodeHead } from "../../src/topics/wire.ts";

const platform = createTestPlatform();
const decode = (text: string) => {
  const bytes = platform.encodeUtf8(text);
  const read = decodeHead(platform, bytes, 0, bytes.length);
  return read && [read.head, Buffer.from(bytes.subarray(read.payload)).toString()];
};

test("what is written is read, whatever the payload", () => {
  const head = fc.record({
    word: fc.constantFrom("message", "subscribed", "data", "subscribe" as const),
    cursor: fc.option(fc.constantFrom("1-2.abc_-D", "x"), { nil: undefined }),
    topic: fc.option(fc.constantFrom("room/42", "a b/€", "**"), { nil: undefined }),
  });
  fc.assert(
    fc.property(head, fc.string({ unit: "grapheme" }), (given, payload) => {
      expect(decode(encodeHead(given as never) + payload)).toEqual([given, payload]);
    }),
  );
});

test("what has no such line is none", () => {
  for (const text of ["", "message", "message - a", "MESSAGE - a\n", "a  b\n", "a - \n", "\n"])
    expect(decode(text)).toBeUndefined();
  expect(decode(`data - ${"x".repeat(2000)}\n`)).toBeUndefined();
  const bytes = Uint8Array.of(...platform.encodeUtf8("data - "), 0xff, 10);
  expect(decodeHead(platform, bytes, 0, bytes.length)).toBeUndefined();
});
