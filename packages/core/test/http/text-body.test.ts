import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeBody } from "../../src/http/text-body.ts";

/** Any code point; fast-check's own unit for that takes seconds to make. */
const codePoint = fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test.each([
  "",
  "a",
  "\u007f\u0080",
  "\u07ff\u0800",
  "\ud7ff\ue000\uffff",
  "\u{10000}\u{10ffff}",
  "\ud800",
  "a\udc00b",
  "\udc00\ud800",
  "\udfff\ud800",
  "😀é漢",
])("%j as TextEncoder has it", (text) => {
  expect(hex(encodeBody(text))).toBe(hex(new TextEncoder().encode(text)));
});

test("agrees with TextEncoder on anything", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: codePoint }),
      fc.uint16Array().map((units) => String.fromCharCode(...units)),
      (text, units) => {
        expect(hex(encodeBody(text))).toBe(hex(new TextEncoder().encode(text)));
        expect(hex(encodeBody(units))).toBe(hex(new TextEncoder().encode(units)));
      },
    ),
  );
});
