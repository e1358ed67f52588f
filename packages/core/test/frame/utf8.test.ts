import { isAscii, isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  advanceUtf8,
  checkUtf8Piece,
  findNotUtf8,
  UTF8_ACCEPT,
  UTF8_ASCII,
  UTF8_REJECT,
  UTF8_STATE,
} from "../../src/frame/utf8.ts";
import { ASCII, NOT_UTF8, type Platform, UTF8 } from "../../src/platform.ts";

const platform = {
  checkUtf8(bytes: Uint8Array, start: number, end: number) {
    const range = bytes.subarray(start, end);
    return isAscii(range) ? ASCII : isUtf8(range) ? UTF8 : NOT_UTF8;
  },
} as Platform;

/** The judge: a decoder nobody here wrote. */
function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Any text that could follow `bytes` would be text: tried with what can complete a character. */
const CONTINUATIONS = [0x80, 0x90, 0xa0];
const canBegin = (bytes: Uint8Array, depth = 0): boolean =>
  isText(bytes) ||
  (depth < 3 && CONTINUATIONS.some((next) => canBegin(Uint8Array.of(...bytes, next), depth + 1)));

const end = (bytes: Uint8Array): number => advanceUtf8(UTF8_ACCEPT, bytes, 0, bytes.length);
const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.split(" ").filter(Boolean), (octet) => parseInt(octet, 16));

const accepted: [name: string, octets: string][] = [
  ["nothing", ""],
  ["NUL", "00"],
  ["the last of one octet", "7f"],
  ["the first and last of two", "c2 80 df bf"],
  ["the first of three", "e0 a0 80"],
  ["before the surrogates", "ed 9f bf"],
  ["after the surrogates", "ee 80 80"],
  ["a byte order mark", "ef bb bf"],
  ["noncharacters", "ef bf be ef bf bf"],
  ["the first of four", "f0 90 80 80"],
  ["within the planes", "f1 80 80 80 f3 bf bf bf"],
  ["U+10FFFF", "f4 8f bf bf"],
];
test.each(accepted)("text: %s", (_, octets) => expect(end(hex(octets))).toBe(UTF8_ACCEPT));

const rejected: [name: string, octets: string, firstBad: number][] = [
  ["a continuation with no lead", "61 80", 1],
  ["overlong in two", "c0 80", 0],
  ["overlong in two, the last", "c1 bf", 0],
  ["overlong in three", "e0 80 80", 1],
  ["overlong in three, the last", "e0 9f bf", 1],
  ["a surrogate", "ed a0 80", 1],
  ["the last surrogate", "ed bf bf", 1],
  ["overlong in four", "f0 80 80 80", 1],
  ["overlong in four, the last", "f0 8f bf bf", 1],
  ["above U+10FFFF", "f4 90 80 80", 1],
  ["a lead beyond f4", "f5 80 80 80", 0],
  ["ff", "ff", 0],
  ["a character cut off by ASCII", "e2 82 61", 2],
  ["a character cut off by a lead", "e2 c3 a9", 1],
  ["a second octet too high", "e2 c0", 1],
  ["a third octet too low", "f1 80 7f", 2],
];
test.each(rejected)("not text: %s", (_, octets, firstBad) => {
  const bytes = hex(octets);
  expect(advanceUtf8(UTF8_ACCEPT, bytes, 0, firstBad)).not.toBe(UTF8_REJECT);
  expect(advanceUtf8(UTF8_ACCEPT, bytes, 0, firstBad + 1)).toBe(UTF8_REJECT);
});

test("a rejection is for good", () => {
  expect(advanceUtf8(UTF8_REJECT, hex("61"), 0, 1)).toBe(UTF8_REJECT);
  expect(advanceUtf8(UTF8_REJECT, hex(""), 0, 0)).toBe(UTF8_REJECT);
  expect(checkUtf8Piece(platform, UTF8_REJECT, hex("61"), 0, 1)).toBe(UTF8_REJECT);
  expect(checkUtf8Piece(platform, UTF8_REJECT, new Uint8Array(500), 0, 500)).toBe(UTF8_REJECT);
});

/** Text, then up to three octets changed, taken out or put in: near enough to text to be hard. */
const nearText = fc
  .tuple(
    fc.array(
      fc.constantFrom("a", "é", "ж", "€", "漢", "\ud7ff", "\ue000", "\uffff", "😀", "\u{10ffff}"),
      { maxLength: 12 },
    ),
    fc.array(
      fc.tuple(
        fc.nat(40),
        fc.nat(2),
        fc.oneof(
          fc.nat(255),
          fc.constantFrom(
            0x7f,
            0x80,
            0x8f,
            0x90,
            0x9f,
            0xa0,
            0xbf,
            0xc0,
            0xc1,
            0xc2,
            0xe0,
            0xed,
            0xf0,
            0xf4,
            0xf5,
          ),
        ),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([characters, edits]) => {
    const octets = [...new TextEncoder().encode(characters.join(""))];
    for (const [at, remove, insert] of edits) octets.splice(at, remove, insert);
    return Uint8Array.from(octets);
  });
const anyBytes = fc.oneof(
  { weight: 3, arbitrary: nearText },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
);
const cuts = fc.array(fc.nat(400), { maxLength: 6 });

const pieces = (length: number, at: readonly number[]): number[] => [
  ...at.map((cut) => Math.min(cut, length)).sort((a, b) => a - b),
  length,
];

describe("advanceUtf8", () => {
  test("agrees with a fatal TextDecoder, however the bytes are cut", () => {
    fc.assert(
      fc.property(anyBytes, cuts, (bytes, at) => {
        let state = UTF8_ACCEPT;
        let from = 0;
        for (const cut of pieces(bytes.length, at)) {
          state = advanceUtf8(state, bytes, from, cut);
          from = cut;
        }
        expect(state === UTF8_ACCEPT).toBe(isText(bytes));
        expect(state).toBe(end(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test("rejects at the first octet after which no text is possible, and not before", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        for (let length = 0; length <= bytes.length; length++) {
          const possible = canBegin(bytes.subarray(0, length));
          expect(advanceUtf8(UTF8_ACCEPT, bytes, 0, length) !== UTF8_REJECT).toBe(possible);
          if (!possible) break;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("checkUtf8Piece", () => {
  /** Long enough for the platform's check, short enough for the loop, and both in turns. */
  const long = fc
    .tuple(fc.constantFrom(0, 61, 64, 130, 300), fc.boolean(), anyBytes, fc.constantFrom(0, 65))
    .map(([before, plain, bytes, after]) =>
      Uint8Array.from([
        ...new TextEncoder().encode((plain ? "a" : "é").repeat(before)),
        ...bytes,
        ...new Uint8Array(after),
      ]),
    );

  test("says what advanceUtf8 says, and whether the piece was ASCII, however the bytes are cut", () => {
    fc.assert(
      fc.property(long, cuts, (bytes, at) => {
        let state = UTF8_ACCEPT;
        let reference = UTF8_ACCEPT;
        let from = 0;
        for (const cut of pieces(bytes.length, at)) {
          reference = advanceUtf8(reference, bytes, from, cut);
          const result = checkUtf8Piece(platform, state, bytes, from, cut);
          state = result & UTF8_STATE;
          expect(state).toBe(reference);
          const plain = state === UTF8_ACCEPT && isAscii(bytes.subarray(from, cut));
          if (state === UTF8_REJECT) expect(result).toBe(UTF8_REJECT);
          else expect((result & UTF8_ASCII) !== 0).toBe(plain);
          from = cut;
        }
        expect(state === UTF8_ACCEPT).toBe(isText(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  const tails: [name: string, octets: string, rejects: boolean][] = [
    ["a lead alone", "f4", false],
    ["an unfinished character", "f4 8f bf", false],
    ["a finished character", "f4 8f bf bf", false],
    ["an unfinished character that can be none", "f4 90", true],
    ["a surrogate's beginning", "ed a0", true],
    ["continuations after ASCII", "80 80", true],
    ["one continuation too many", "f1 80 80 80 80", true],
  ];
  test.each(tails)("a long piece that ends with %s", (_, octets, rejects) => {
    const tail = hex(octets);
    const bytes = new Uint8Array(200 + tail.length).fill(0x61);
    bytes.set(tail, 200);
    expect(checkUtf8Piece(platform, UTF8_ACCEPT, bytes, 0, bytes.length) === UTF8_REJECT).toBe(
      rejects,
    );
    expect(checkUtf8Piece(platform, UTF8_ACCEPT, bytes, 0, bytes.length)).toBe(end(bytes));
  });

  test("a long piece that begins inside a character is not ASCII, whatever follows", () => {
    const bytes = new Uint8Array(200).fill(0x61);
    const state = end(hex("e2 82"));
    bytes[0] = 0xac;
    expect(checkUtf8Piece(platform, state, bytes, 0, 200)).toBe(UTF8_ACCEPT);
    bytes[0] = 0x61;
    expect(checkUtf8Piece(platform, state, bytes, 0, 200)).toBe(UTF8_REJECT);
  });
});

test.each<[bytes: number[], state: number, at: number]>([
  [[0x61, 0x62], UTF8_ACCEPT, 2],
  [[0x61, 0xff], UTF8_ACCEPT, 1],
  [[0xe2, 0x82, 0x41], UTF8_ACCEPT, 2],
  [[0xe2, 0x82], UTF8_ACCEPT, 2],
  [[0x41], advanceUtf8(UTF8_ACCEPT, Uint8Array.of(0xe2), 0, 1), 0],
  [[0x82, 0xac, 0xc0], advanceUtf8(UTF8_ACCEPT, Uint8Array.of(0xe2), 0, 1), 2],
])("%j, from state %i, is no UTF-8 from %i on", (bytes, state, at) => {
  expect(findNotUtf8(state, Uint8Array.of(0, ...bytes, 0xff), 1, 1 + bytes.length)).toBe(1 + at);
});
