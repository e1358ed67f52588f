import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha1 } from "../../src/digest/sha1.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const judge = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("hex");

describe("the vectors of RFC 3174 §7.3", () => {
  const vectors: [text: string, times: number, digest: string][] = [
    ["abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"],
    [
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      1,
      "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
    ],
    ["a", 1_000_000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"],
    [
      "0123456701234567012345670123456701234567012345670123456701234567",
      10,
      "dea356a2cddd90c7a7ecedc5ebb563934f460452",
    ],
  ];
  test.each(vectors)("%s, %i times", (text, times, digest) => {
    expect(hex(sha1(Buffer.from(text.repeat(times))))).toBe(digest);
  });
});

test("agrees with node:crypto at every length from 0 to 200", () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255);
    expect(hex(sha1(bytes)), `length ${length}`).toBe(judge(bytes));
  }
});

test("agrees with node:crypto on anything, and leaves its input alone", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
      const before = bytes.slice();
      expect(hex(sha1(bytes))).toBe(judge(bytes));
      expect(bytes).toEqual(before);
    }),
  );
});

test("reads a view, not the memory under it", () => {
  const memory = Uint8Array.from({ length: 100 }, (_, i) => i);
  expect(hex(sha1(memory.subarray(10, 73)))).toBe(judge(memory.slice(10, 73)));
});
