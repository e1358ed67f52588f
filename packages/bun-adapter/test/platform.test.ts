import assert from "node:assert/strict";
import test from "node:test";
import { ASCII, NOT_UTF8, UTF8 } from "@sansocket/core";
import { bunPlatform as platform } from "../src/platform.ts";

const LONG = 5000;
const texts: [name: string, text: string][] = [
  ["nothing", ""],
  ["ASCII", "hello"],
  ["long ASCII", "a".repeat(LONG)],
  ["two, three and four bytes", "é水😀"],
  ["long text of all lengths", "é水😀a".repeat(LONG)],
  ["a byte order mark, which stays", "\uFEFFtext"],
];
const malformed: [name: string, bytes: number[]][] = [
  ["a continuation on its own", [0x80]],
  ["an overlong slash", [0xc0, 0xaf]],
  ["a surrogate", [0xed, 0xa0, 0x80]],
  ["beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
  ["a character cut short", [0x61, 0xe6, 0xb0]],
  ["a bad octet late", [...new Array<number>(LONG).fill(0x61), 0xff]],
];

/** `bytes` between octets that would change the answer if they were looked at. */
function within(bytes: Uint8Array): [bytes: Uint8Array, start: number, end: number] {
  const padded = new Uint8Array(bytes.length + 6).fill(0xff);
  padded.set(bytes, 3);
  return [padded, 3, 3 + bytes.length];
}

for (const [name, text] of texts) {
  test(`text goes out and comes back: ${name}`, () => {
    const expected = new TextEncoder().encode(text);
    const ascii = expected.length === text.length;
    assert.deepEqual(new Uint8Array(platform.encodeUtf8(text)), expected);

    const into = new Uint8Array(text.length * 3 + 2);
    const written = platform.encodeUtf8Into(text, into, 2);
    assert.deepEqual(into.subarray(2, 2 + written), expected);

    const range = within(expected);
    assert.equal(platform.checkUtf8(...range), ascii ? ASCII : UTF8);
    assert.equal(platform.decodeUtf8(...range, ascii), text);
  });
}

for (const [name, bytes] of malformed) {
  test(`not UTF-8: ${name}`, () =>
    assert.equal(platform.checkUtf8(...within(Uint8Array.from(bytes))), NOT_UTF8));
}

test("a lone surrogate goes out as U+FFFD", () => {
  for (const text of ["\uD800", "a\uDC00b", "\uD800".repeat(LONG)]) {
    const expected = new TextEncoder().encode(text);
    const into = new Uint8Array(text.length * 3);
    assert.deepEqual(into.subarray(0, platform.encodeUtf8Into(text, into, 0)), expected);
    assert.deepEqual(new Uint8Array(platform.encodeUtf8(text)), expected);
  }
});

test("randomness fills any size", () => {
  for (const size of [4, 8192, 200_000]) {
    const bytes = new Uint8Array(size);
    const again = new Uint8Array(size);
    platform.randomFill(bytes);
    platform.randomFill(again);
    assert.notDeepEqual(bytes, again);
    if (size > 8192) assert.ok(bytes.subarray(-64).some((byte) => byte !== 0));
  }
});

test("memory is of the size asked for, and shared with nobody", () => {
  const bytes = platform.allocate(100);
  assert.equal(bytes.length, 100);
  assert.equal(bytes.buffer.byteLength, 100);
});
