import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { md5 } from "../../src/digest/md5.ts";
import { utf8 } from "../../src/testing/wire/bytes.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const ofNode = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");

/** RFC 1321 §A.5. */
const vectors: [text: string, digest: string][] = [
  ["", "d41d8cd98f00b204e9800998ecf8427e"],
  ["a", "0cc175b9c0f1b6a831c399e269772661"],
  ["abc", "900150983cd24fb0d6963f7d28e17f72"],
  ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
  ["abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"],
  [
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "d174ab98d277d9f5a5611c2c9f419d9f",
  ],
  [
    "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
    "57edf4a22be3c955ac49da2e2107b67a",
  ],
];
test.each(vectors)("%j", (text, digest) => {
  expect(hex(md5(utf8(text)))).toBe(digest);
});

test("every length up to 200, where blocks and padding begin and end", () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = new Uint8Array(length).map((_, at) => at * 31 + length);
    expect(hex(md5(bytes)), `${length} bytes`).toBe(ofNode(bytes));
  }
});

test("any bytes, which stay as they are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), (bytes) => {
      const before = hex(bytes);
      expect(hex(md5(bytes))).toBe(ofNode(bytes));
      expect(hex(bytes)).toBe(before);
    }),
  );
});

test("a view is read from where it starts", () => {
  const bytes = utf8("xxabcxx");
  expect(hex(md5(bytes.subarray(2, 5)))).toBe("900150983cd24fb0d6963f7d28e17f72");
});
