import { expect, test } from "vitest";
import { encodeShortAscii, isShortAscii } from "../../../src/shell/runtime/short-ascii.ts";

test("octets of 128 and more are found wherever they are, and only within the range", () => {
  for (let size = 0; size <= 9; size++) {
    const bytes = new Uint8Array(size + 2).fill(127);
    bytes[0] = bytes[size + 1] = 255;
    expect(isShortAscii(bytes, 1, size + 1), `${size} octets`).toBe(true);
    for (let at = 1; at <= size; at++) {
      bytes[at] = 128;
      expect(isShortAscii(bytes, 1, size + 1), `of ${size}, number ${at}`).toBe(false);
      bytes[at] = 127;
    }
  }
});

test("ASCII is written where it is to go; what is not is told", () => {
  const into = new Uint8Array(6);
  expect([encodeShortAscii("a\x7f0", into, 2), [...into]]).toEqual([3, [0, 0, 97, 127, 48, 0]]);
  expect(encodeShortAscii("", into, 6)).toBe(0);
  for (const text of ["\x80", "ab\u0100", "a\ud83d\ude00"])
    expect(encodeShortAscii(text, into, 0), text).toBe(-1);
});
