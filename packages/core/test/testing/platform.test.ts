import { expect, test } from "vitest";
import { ASCII, NOT_UTF8, UTF8 } from "../../src/platform.ts";
import { utf8 } from "../../src/testing/wire/bytes.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";

test.each([
  ["abc", ASCII],
  ["", ASCII],
  ["é", UTF8],
  ["😀", UTF8],
])("%j is UTF-8 of kind %d, and reads as it was", (text, kind) => {
  const platform = createTestPlatform();
  const bytes = utf8(`<${text}>`);
  expect(platform.checkUtf8(bytes, 1, bytes.length - 1)).toBe(kind);
  expect(platform.decodeUtf8(bytes, 1, bytes.length - 1, kind === ASCII)).toBe(text);
  expect(platform.encodeUtf8(text)).toEqual(utf8(text));
  const into = new Uint8Array(20);
  const size = platform.encodeUtf8Into(text, into, 2);
  expect(into.subarray(2, 2 + size)).toEqual(utf8(text));
});

test("what is not UTF-8; a leading U+FEFF is kept", () => {
  const platform = createTestPlatform();
  const mark = utf8("\ufeffx");
  expect(platform.checkUtf8(Uint8Array.of(0x61, 0xff), 0, 2)).toBe(NOT_UTF8);
  expect(platform.checkUtf8(Uint8Array.of(0x61, 0xff), 0, 1)).toBe(ASCII);
  expect(platform.decodeUtf8(mark, 0, mark.length, false)).toBe("\ufeffx");
});

test("randomness can be foretold, and goes on", () => {
  const [one, other] = [createTestPlatform(), createTestPlatform()].map((platform) => {
    const a = new Uint8Array(8);
    const b = new Uint8Array(8);
    platform.randomFill(a);
    platform.randomFill(b);
    return [a, b];
  });
  expect(one).toEqual(other);
  expect(one![0]).not.toEqual(one![1]);
});

test("memory that was not overwritten shows", () => {
  expect([...createTestPlatform().allocate(2)]).toEqual([0xaa, 0xaa]);
});
