import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  applyMask,
  maskInto,
  rotateMask,
  WORDWISE_COPY_MIN,
  WORDWISE_MIN,
} from "../../src/frame/mask.ts";

/** RFC 6455 §5.3 to the letter: octet i of the payload XOR octet i MOD 4 of the key. */
const masked = (bytes: Uint8Array, key: number): Uint8Array =>
  bytes.map((byte, i) => byte ^ (key >>> (24 - 8 * (i & 3))));

const key = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 1, 0x0000ff00, -0x80000000, 0x7fffffff));
/** Both ways of masking, and the lengths around where one takes over. */
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ minLength: WORDWISE_MIN - 9, maxLength: WORDWISE_MIN + 9, size: "max" }),
  fc.uint8Array({
    minLength: WORDWISE_COPY_MIN - 9,
    maxLength: WORDWISE_COPY_MIN + 80,
    size: "max",
  }),
);
/** Where the payload lies in its array, and the array in its memory. */
const place = fc.record({ base: fc.nat(9), before: fc.nat(9), after: fc.nat(9) });

function laidOut(
  bytes: Uint8Array,
  at: { base: number; before: number; after: number },
): Uint8Array {
  const memory = new ArrayBuffer(at.base + at.before + bytes.length + at.after);
  const view = new Uint8Array(memory, at.base).fill(0xa5);
  view.set(bytes, at.before);
  return view;
}

test('the masked "Hello" of RFC 6455 §5.7', () => {
  const bytes = Uint8Array.of(0x7f, 0x9f, 0x4d, 0x51, 0x58);
  applyMask(bytes, 0, 5, 0x37fa213d);
  expect(String.fromCharCode(...bytes)).toBe("Hello");
});

describe("applyMask", () => {
  test("does what the RFC says, and touches nothing around the range", () => {
    fc.assert(
      fc.property(payload, key, place, (bytes, k, at) => {
        const view = laidOut(bytes, at);
        applyMask(view, at.before, at.before + bytes.length, k);
        expect(view).toEqual(laidOut(masked(bytes, k), at));
      }),
    );
  });

  test("applied twice is identity", () => {
    fc.assert(
      fc.property(payload, key, place, (bytes, k, at) => {
        const view = laidOut(bytes, at);
        applyMask(view, at.before, at.before + bytes.length, k);
        applyMask(view, at.before, at.before + bytes.length, k);
        expect(view).toEqual(laidOut(bytes, at));
      }),
    );
  });

  test("is right for every alignment and every length up to three unrolled rounds", () => {
    for (let base = 0; base < 8; base++) {
      for (let length = WORDWISE_MIN - 2; length < WORDWISE_MIN + 100; length++) {
        const at = { base, before: 1, after: 3 };
        const bytes = Uint8Array.from({ length }, (_, i) => i);
        const view = laidOut(bytes, at);
        applyMask(view, 1, 1 + length, 0x12345678);
        expect(Buffer.compare(view, laidOut(masked(bytes, 0x12345678), at))).toBe(0);
      }
    }
  });

  test("pieces with a rotated key equal the whole, for any cuts", () => {
    fc.assert(
      fc.property(
        payload,
        key,
        place,
        fc.array(fc.nat(300), { maxLength: 5 }),
        (bytes, k, at, cuts) => {
          const view = laidOut(bytes, at);
          let from = 0;
          let rotating = k;
          for (const cut of [
            ...cuts.map((c) => Math.min(c, bytes.length)).sort((a, b) => a - b),
            bytes.length,
          ]) {
            applyMask(view, at.before + from, at.before + cut, rotating);
            rotating = rotateMask(rotating, cut - from);
            from = cut;
          }
          expect(view).toEqual(laidOut(masked(bytes, k), at));
        },
      ),
    );
  });
});

describe("maskInto", () => {
  test("writes what applyMask would, and leaves the source and the rest of the target alone", () => {
    fc.assert(
      fc.property(payload, key, place, place, (bytes, k, from, to) => {
        const source = laidOut(bytes, from);
        const target = laidOut(new Uint8Array(bytes.length), to);
        maskInto(source, from.before, from.before + bytes.length, target, to.before, k);
        expect(target).toEqual(laidOut(masked(bytes, k), to));
        expect(source).toEqual(laidOut(bytes, from));
      }),
    );
  });

  test("takes a whole array without making a view of it", () => {
    const source = new Uint8Array(WORDWISE_COPY_MIN).fill(7);
    const target = new Uint8Array(WORDWISE_COPY_MIN);
    maskInto(source, 0, source.length, target, 0, 0x01020304);
    expect(target).toEqual(masked(source, 0x01020304));
  });
});

const rotations: [count: number, expected: number][] = [
  [0, 0x11223344],
  [1, 0x22334411],
  [2, 0x33441122],
  [3, 0x44112233],
  [4, 0x11223344],
  [2 ** 32 + 1, 0x22334411],
  [Number.MAX_SAFE_INTEGER, 0x44112233],
];
test.each(rotations)("the key after %d bytes", (count, expected) =>
  expect(rotateMask(0x11223344, count)).toBe(expected),
);

test("a rotated key stays a signed 32-bit integer", () => {
  expect(rotateMask(0x00ff0000, 1)).toBe(-0x1000000);
});
