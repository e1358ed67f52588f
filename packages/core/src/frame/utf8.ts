import { ASCII, NOT_UTF8, type Platform } from "../platform.ts";

/** The state between two characters, in which text may end. */
export const UTF8_ACCEPT = 0;
/** An octet came that no well-formed text has here. Absorbs everything. */
export const UTF8_REJECT = 8;
/** Takes the state out of what {@link checkUtf8Piece} returned. */
export const UTF8_STATE = 15;
/** Set in what {@link checkUtf8Piece} returned when every octet of the piece was below 128. */
export const UTF8_ASCII = 16;

// Inside a character. The first three await any continuation octet (80–BF); the others follow a
// lead whose second octet is narrower: no overlongs, no surrogates, nothing above U+10FFFF.
const ONE_MORE = 1;
const TWO_MORE = 2;
const THREE_MORE = 3;
const AFTER_E0 = 4;
const AFTER_ED = 5;
const AFTER_F0 = 6;
const AFTER_F4 = 7;

/** The state after the first octet of a character (RFC 3629 §4). */
const LEAD = new Uint8Array(256)
  .fill(UTF8_REJECT)
  .fill(UTF8_ACCEPT, 0, 0x80)
  .fill(ONE_MORE, 0xc2, 0xe0)
  .fill(TWO_MORE, 0xe0, 0xf0)
  .fill(THREE_MORE, 0xf0, 0xf4);
LEAD[0xe0] = AFTER_E0;
LEAD[0xed] = AFTER_ED;
LEAD[0xf0] = AFTER_F0;
LEAD[0xf4] = AFTER_F4;

// By state, for the octets inside a character: the lowest and highest allowed, and the state after.
const LOWEST = Uint8Array.of(0, 0x80, 0x80, 0x80, 0xa0, 0x80, 0x90, 0x80);
const HIGHEST = Uint8Array.of(0, 0xbf, 0xbf, 0xbf, 0xbf, 0x9f, 0xbf, 0x8f);
const AFTER = Uint8Array.of(
  0,
  UTF8_ACCEPT,
  ONE_MORE,
  TWO_MORE,
  ONE_MORE,
  ONE_MORE,
  TWO_MORE,
  TWO_MORE,
);

/**
 * Reads `bytes[start, end)` as the next stretch of UTF-8 text (RFC 3629) and returns the state after
 * it: {@link UTF8_ACCEPT} between characters, {@link UTF8_REJECT} as soon as an octet cannot belong
 * there, something else inside a character. Text begins in `UTF8_ACCEPT`.
 */
export function advanceUtf8(state: number, bytes: Uint8Array, start: number, end: number): number {
  if (state === UTF8_REJECT) return UTF8_REJECT;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (state === UTF8_ACCEPT) state = LEAD[byte]!;
    else if (byte >= LOWEST[state]! && byte <= HIGHEST[state]!) state = AFTER[state]!;
    else return UTF8_REJECT;
    if (state === UTF8_REJECT) return UTF8_REJECT;
  }
  return state;
}

/** Finds where `bytes[start, end)`, a stretch of text begun in `state`, stops being UTF-8: `end` where the text is valid but incomplete. */
export function findNotUtf8(state: number, bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (state = advanceUtf8(state, bytes, at, at + 1)) !== UTF8_REJECT) at++;
  return at;
}

/**
 * Up to this length a loop beats a call into the platform. Measured crossovers, ASCII and not: Node 20
 * 96 and 48, Bun 1.4 96 and 48, Deno 2.9 128 and 128 (`benchmarks/leaves.mjs`).
 */
const LOOP_MAX = 64;

/**
 * Does what {@link advanceUtf8} does, at the platform's speed where the piece is long, and also tells
 * whether the piece was plain ASCII. Returns the new state in the bits of {@link UTF8_STATE}, with
 * {@link UTF8_ASCII} where it was; a rejected piece is exactly `UTF8_REJECT`. Allocates nothing.
 */
export function checkUtf8Piece(
  platform: Platform,
  state: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let at = start;
  if (end - start <= LOOP_MAX) {
    if (state === UTF8_ACCEPT) while (at < end && bytes[at]! < 0x80) at++;
    return at === end && state === UTF8_ACCEPT ? UTF8_ASCII : advanceUtf8(state, bytes, at, end);
  }
  while (state !== UTF8_ACCEPT && at < end) {
    state = advanceUtf8(state, bytes, at, ++at);
    if (state === UTF8_REJECT) return UTF8_REJECT;
  }
  const tail = lastLead(bytes, at, end);
  const kind = platform.checkUtf8(bytes, at, tail);
  if (kind === NOT_UTF8) return UTF8_REJECT;
  if (tail < end) return advanceUtf8(UTF8_ACCEPT, bytes, tail, end);
  return kind === ASCII && at === start ? UTF8_ASCII : UTF8_ACCEPT;
}

/**
 * Finds the lead octet of a character that may be cut off by `end`, or `end` where there is none.
 * A character has at most three octets after its lead.
 */
function lastLead(bytes: Uint8Array, start: number, end: number): number {
  const stop = Math.max(start, end - 4);
  for (let i = end - 1; i >= stop; i--) {
    if (bytes[i]! >= 0xc0) return i;
    if (bytes[i]! < 0x80) break;
  }
  return end;
}
