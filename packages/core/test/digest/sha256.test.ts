import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hmacSha256, sha256 } from "../../src/digest/sha256.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("the vectors of FIPS 180-4's examples", () => {
  expect(hex(sha256(Buffer.from("abc")))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  expect(hex(sha256(new Uint8Array()))).toBe(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});

test("agrees with node:crypto at every length from 0 to 200", () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = Buffer.alloc(length, length);
    expect(hex(sha256(bytes))).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
});

test("HMAC agrees with node:crypto, whatever key and bytes", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 150 }),
      fc.uint8Array({ maxLength: 300 }),
      (key, bytes) => {
        expect(hex(hmacSha256(key, bytes))).toBe(
          createHmac("sha256", key).update(bytes).digest("hex"),
        );
      },
    ),
  );
});
