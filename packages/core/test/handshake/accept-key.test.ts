import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { acceptKeyOf, isOpeningKey } from "../../src/handshake/accept-key.ts";

test("the example of RFC 6455 §1.3", () => {
  expect(acceptKeyOf("dGhlIHNhbXBsZSBub25jZQ==")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

test("agrees with node:crypto", () => {
  for (let i = 0; i < 100; i++) {
    const key = randomBytes(16).toString("base64");
    expect(isOpeningKey(key)).toBe(true);
    expect(acceptKeyOf(key)).toBe(
      createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64"),
    );
  }
});

test.each([
  "",
  "x",
  "dGhlIHNhbXBsZSBub25jZQ",
  "dGhlIHNhbXBsZSBub25jZQ=",
  "dGhlIHNhbXBsZSBub25jZTE=",
  " dGhlIHNhbXBsZSBub25jZQ==",
])("%j is no key", (key) => {
  expect(isOpeningKey(key)).toBe(false);
});
