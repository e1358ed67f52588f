import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeLenient } from "../../../src/sse/client/lenient-utf8.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";

const platform = createTestPlatform();
/** The judge: the runtime's own decoder. */
const judge = new TextDecoder("utf-8", { ignoreBOM: true });

const pieces = fc.oneof(
  fc.uint8Array({ maxLength: 4 }),
  fc.string({ unit: "grapheme", maxLength: 3 }).map((text) => new TextEncoder().encode(text)),
  // The octets at which the table of well-formed sequences turns.
  fc
    .array(
      fc.constantFrom(
        0x7f,
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc1,
        0xc2,
        0xdf,
        0xe0,
        0xed,
        0xef,
        0xf0,
        0xf4,
        0xf5,
      ),
      { maxLength: 5 },
    )
    .map((octets) => Uint8Array.from(octets)),
);

test("is the decoder of the Encoding Standard", () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 6 }), (parts) => {
      const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
      const framed = Uint8Array.from([0xe2, 0x82, ...bytes, 0x80, 0x80]); // what is around it is not looked at
      expect(decodeLenient(platform, framed, 2, framed.length - 2)).toBe(judge.decode(bytes));
    }),
    { numRuns: 2000 },
  );
});
