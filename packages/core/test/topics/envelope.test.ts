import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeEnvelope, encodeEnvelope, hex } from "../../src/topics/envelope.ts";

test("comes back as it went", () => {
  const origin = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => hex(bytes));
  const kind = fc.constantFrom("text" as const, "binary" as const, "control" as const);
  fc.assert(
    fc.property(
      kind,
      origin,
      fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      fc.uint8Array(),
      (...[one, from, sequence, payload]) => {
        const envelope = { kind: one, origin: from, sequence, payload };
        expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
      },
    ),
  );
});

test("the bytes on the wire stay what they are", () => {
  const bytes = encodeEnvelope({
    kind: "binary",
    origin: "0123456789abcdef",
    sequence: 0x010203,
    payload: Uint8Array.of(7, 8),
  });
  expect(hex(bytes)).toBe("0101" + "0123456789abcdef" + "000000010203" + "0708");
});

test("what is no envelope is none, and nothing throws", () => {
  for (const bytes of [
    [],
    [1],
    [2, 0, ...Array(14).fill(0)],
    [1, 9, ...Array(14).fill(0)],
    [1, 0, ...Array(13).fill(0)],
  ]) {
    expect(decodeEnvelope(Uint8Array.from(bytes))).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      decodeEnvelope(bytes);
    }),
  );
});
