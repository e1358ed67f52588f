import { advanceUtf8, UTF8_ACCEPT, UTF8_REJECT } from "../../frame/utf8.ts";
import { ASCII, NOT_UTF8, type Platform } from "../../platform.ts";

/** The bytes of one malformed sequence, and the three of U+FFFD in its place: at most three times the size. */
const GROWTH = 3;

/**
 * Decodes `bytes[start, end)`, with U+FFFD for each malformed sequence, as the Encoding Standard's "UTF-8 decode without BOM"
 * does: a sequence ends before the first octet that cannot belong to it.
 */
export function decodeLenient(
  platform: Platform,
  bytes: Uint8Array,
  start: number,
  end: number,
): string {
  if (start === end) return "";
  const kind = platform.checkUtf8(bytes, start, end);
  if (kind !== NOT_UTF8) return platform.decodeUtf8(bytes, start, end, kind === ASCII);
  const repaired = platform.allocate((end - start) * GROWTH);
  return platform.decodeUtf8(repaired, 0, repair(bytes, start, end, repaired), false);
}

/** Copies `bytes[start, end)` into `into`, U+FFFD for malformed sequences, and returns the size of the result. */
function repair(bytes: Uint8Array, start: number, end: number, into: Uint8Array): number {
  let size = 0;
  let begun = start; // an incomplete character begins at `begun`
  let state: number = UTF8_ACCEPT;
  for (let at = start; at < end; at++) {
    let next = advanceUtf8(state, bytes, at, at + 1);
    if (next === UTF8_REJECT && state !== UTF8_ACCEPT) {
      // The octet that ended a sequence may begin the next.
      size = replace(into, size);
      begun = at;
      next = advanceUtf8(UTF8_ACCEPT, bytes, at, at + 1);
    }
    if (next === UTF8_REJECT) {
      size = replace(into, size);
      begun = at + 1;
      next = UTF8_ACCEPT;
    }
    if (next === UTF8_ACCEPT) while (begun <= at) into[size++] = bytes[begun++]!;
    state = next;
  }
  return state === UTF8_ACCEPT ? size : replace(into, size);
}

/** Writes U+FFFD at `size` and returns the size after it. */
function replace(into: Uint8Array, size: number): number {
  into[size] = 0xef;
  into[size + 1] = 0xbf;
  into[size + 2] = 0xbd;
  return size + GROWTH;
}
