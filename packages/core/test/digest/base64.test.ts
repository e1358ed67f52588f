import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isBase64Of, toBase64 } from "../../src/digest/base64.ts";

test.each([
  ["", ""],
  ["f", "Zg=="],
  ["fo", "Zm8="],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg=="],
  ["fooba", "Zm9vYmE="],
  ["foobar", "Zm9vYmFy"],
])("RFC 4648 §10: %j is %j", (text, encoded) => {
  expect(toBase64(Buffer.from(text))).toBe(encoded);
});

test("agrees with node:buffer at every length from 0 to 200", () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 89 + length) & 255);
    expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
  }
});

test("what is encoded is base64 of its size, and of no other", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (bytes, size) => {
      expect(isBase64Of(toBase64(bytes), size)).toBe(size === bytes.length);
    }),
  );
});

describe("of 16 bytes", () => {
  const cases: [name: string, text: string, expected: boolean][] = [
    ["the key of RFC 6455 §1.3", "dGhlIHNhbXBsZSBub25jZQ==", true],
    ["zeros", "AAAAAAAAAAAAAAAAAAAAAA==", true],
    ["plus and slash", "++++//////////++++++AA==", true],
    ["pad bits that are not zero", "AAAAAAAAAAAAAAAAAAAAAB==", true],
    ["nothing", "", false],
    ["no padding", "AAAAAAAAAAAAAAAAAAAAAA", false],
    ["one digit of padding", "AAAAAAAAAAAAAAAAAAAAAAA=", false],
    ["no padding where padding belongs", "AAAAAAAAAAAAAAAAAAAAAAAA", false],
    ["padding too early", "AAAAAAAAAAAAAAAAAAAAA===", false],
    ["padding inside", "AAAA=AAAAAAAAAAAAAAAAA==", false],
    ["the alphabet of URLs", "____----__________----AA==", false],
    ["an underscore", "A_AAAAAAAAAAAAAAAAAAAA==", false],
    ["a space", "AAAAAAAAAAA AAAAAAAAAA==", false],
    ["a line break", "AAAAAAAAAAAAAAAAAAAAA\n==", false],
    ["beyond ASCII", "AAAAAAAAAAAAAAAAAAAAé===", false],
    ["too long by four", "AAAAAAAAAAAAAAAAAAAAAAAAAA==", false],
    ["two joined", "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==", false],
  ];
  test.each(cases)("%s", (_, text, expected) => expect(isBase64Of(text, 16)).toBe(expected));
});
