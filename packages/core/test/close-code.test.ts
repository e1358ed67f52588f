import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ABNORMAL,
  encodeClosePayload,
  isReceivableCloseCode,
  isSendableCloseCode,
  NO_STATUS,
} from "../src/close-code.ts";
import type { Platform } from "../src/platform.ts";
import { UsageError } from "../src/violation.ts";

const platform = {
  allocate: (size: number) => new Uint8Array(size).fill(0xee),
  encodeUtf8Into: (text: string, into: Uint8Array, offset: number) =>
    new TextEncoder().encodeInto(text, into.subarray(offset)).written,
} as Platform;
const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)];

const codes: [from: number, to: number, allowed: boolean][] = [
  [-1, 999, false],
  [1000, 1003, true],
  [1004, 1006, false],
  [1007, 1014, true],
  [1015, 2999, false],
  [3000, 4999, true],
  [5000, 65_536, false],
];
test.each(codes)("codes %i to %i: allowed on the wire %s", (from, to, allowed) => {
  for (let code = from; code <= to; code++) {
    if (isReceivableCloseCode(code) !== allowed) expect.fail(`${code}`);
    if (isSendableCloseCode(code) !== allowed) expect.fail(`${code}`);
  }
});

test.each([NO_STATUS, ABNORMAL, 1000.5, Number.NaN, Number.POSITIVE_INFINITY])(
  "%d is never on the wire",
  (code) => {
    expect(isReceivableCloseCode(code)).toBe(false);
  },
);

const longest = "x".repeat(123);
const payloads: [name: string, code: number | undefined, reason: string, expected: number[]][] = [
  ["nothing", undefined, "", []],
  ["a code", 1000, "", [0x03, 0xe8]],
  ["a code and a reason", 4999, "bye", [0x13, 0x87, ...utf8("bye")]],
  ["a reason of several octets a character", 3000, "é€😀", [0x0b, 0xb8, ...utf8("é€😀")]],
  ["a lone surrogate", 1000, "\ud800", [0x03, 0xe8, ...utf8("\ufffd")]],
  ["the longest reason", 1000, longest, [0x03, 0xe8, ...utf8(longest)]],
  [
    "the longest reason, in three octets a character",
    1000,
    "€".repeat(41),
    [0x03, 0xe8, ...utf8("€".repeat(41))],
  ],
];
test.each(payloads)("payload: %s", (_, code, reason, expected) => {
  expect([...encodeClosePayload(platform, code, reason)]).toEqual(expected);
  expect([...encodeClosePayload(platform, code, reason, true)]).toEqual(expected);
});

const refused: [name: string, code: number | undefined, reason: string, message: RegExp][] = [
  ["a reason without a code", undefined, "bye", /needs a close code/],
  ["a code that is never sent", 1006, "", /got 1006/],
  ["a code that is not whole", 1000.5, "", /got 1000\.5/],
  ["a code too low", 999, "", /got 999/],
  ["124 octets", 1000, "x".repeat(124), /at most 123 bytes/],
  ["124 octets in 62 characters", 1000, "é".repeat(62), /at most 123 bytes/],
  ["very long", 1000, "x".repeat(1_000_000), /at most 123 bytes/],
];
test.each(refused)("refused: %s", (_, code, reason, message) => {
  const call = (): unknown => encodeClosePayload(platform, code, reason);
  expect(call).toThrow(UsageError);
  expect(call).toThrow(message);
});

describe("truncated", () => {
  const cut: [name: string, reason: string, kept: string][] = [
    ["ASCII", `${longest}yz`, longest],
    ["two octets, at a boundary", `x${"é".repeat(80)}`, `x${"é".repeat(61)}`],
    ["two octets, inside a character", "é".repeat(80), "é".repeat(61)],
    ["three octets, inside a character", `xx${"€".repeat(80)}`, `xx${"€".repeat(40)}`],
    ["a pair that straddles the limit", `${"x".repeat(122)}😀 and more`, "x".repeat(122)],
    ["a pair that the shortened text splits", `${longest}😀`, longest],
  ];
  test.each(cut)("%s", (_, reason, kept) => {
    expect([...encodeClosePayload(platform, 1000, reason, true)]).toEqual([
      0x03,
      0xe8,
      ...utf8(kept),
    ]);
  });

  test("is the longest run of whole characters that fits, for any text", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "é", "€", "😀"),
      minLength: 30,
      maxLength: 140,
    });
    fc.assert(
      fc.property(text, (reason) => {
        let kept = "";
        for (const character of reason) {
          if (utf8(kept + character).length > 123) break;
          kept += character;
        }
        expect([...encodeClosePayload(platform, 1011, reason, true)]).toEqual([
          0x03,
          0xf3,
          ...utf8(kept),
        ]);
      }),
    );
  });
});
