import fc from "fast-check";
import { expect, test } from "vitest";
import { latin1Of, toLatin1 } from "../../src/http/latin1.ts";

test("agrees with node:buffer on any range, both ways", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(60), fc.nat(60), (bytes, a, b) => {
      const start = Math.min(a, b, bytes.length);
      const end = Math.min(Math.max(a, b), bytes.length);
      const range = bytes.slice(start, end);
      const text = latin1Of(bytes, start, end);
      expect(text).toBe(Buffer.from(range).toString("latin1"));
      expect(toLatin1(text)).toEqual(range);
    }),
  );
});

test("leaves room after the text", () => {
  expect(toLatin1("aé", 3)).toEqual(Uint8Array.of(0x61, 0xe9, 0, 0, 0));
});
