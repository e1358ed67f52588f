/**
 * From this length on, words beat bytes: below it, making the word view costs more than it saves.
 * Measured crossovers, collecting the views included: Node 20 220, Bun 1.4 160–190, Deno 2.9 96–128
 * bytes (`benchmarks/leaves.mjs`).
 */
export const WORDWISE_MIN = 192;
/** The same for a masked copy, which makes two views. Node 320, Bun 290, Deno 190 (`benchmarks/leaves.mjs`). */
export const WORDWISE_COPY_MIN = 320;

/** Four key bytes in memory order and the word they make: right on machines of either byte order. */
const keyBytes = new Uint8Array(4);
const keyWord = new Int32Array(keyBytes.buffer);

/**
 * XORs `bytes[start, end)` in place with the 4-byte masking `key`, big-endian as on the wire
 * (RFC 6455 §5.3). Masking and unmasking are the same; key 0 changes nothing.
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, key: number): void {
  if (key === 0) return;
  if (end - start < WORDWISE_MIN) maskBytes(bytes, start, end, bytes, start, key);
  else maskWords(bytes, start, end, key);
}

/**
 * Copies `source[start, end)`, masked with `key`, to `target` at `offset`. The source is only read,
 * so an application's own bytes can be sent by a client. The ranges must not overlap.
 */
export function maskInto(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
  key: number,
): void {
  if (end - start < WORDWISE_COPY_MIN) {
    maskBytes(source, start, end, target, offset, key);
    return;
  }
  target.set(start === 0 && end === source.length ? source : source.subarray(start, end), offset);
  if (key !== 0) maskWords(target, offset, offset + end - start, key);
}

/** Rotates the key for the byte after `count` masked bytes. */
export function rotateMask(key: number, count: number): number {
  const bits = (count & 3) << 3;
  return bits === 0 ? key : (key << bits) | (key >>> (32 - bits));
}

/** Reads from `source`, writes to `target`, which may be the same memory at the same place. */
function maskBytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
  key: number,
): void {
  const k0 = key >>> 24;
  const k1 = (key >>> 16) & 255;
  const k2 = (key >>> 8) & 255;
  const k3 = key & 255;
  let from = start;
  let to = offset;
  for (const whole = end - 3; from < whole; from += 4, to += 4) {
    target[to] = source[from]! ^ k0;
    target[to + 1] = source[from + 1]! ^ k1;
    target[to + 2] = source[from + 2]! ^ k2;
    target[to + 3] = source[from + 3]! ^ k3;
  }
  if (from < end) target[to] = source[from]! ^ k0;
  if (from + 1 < end) target[to + 1] = source[from + 1]! ^ k1;
  if (from + 2 < end) target[to + 2] = source[from + 2]! ^ k2;
}

/** Bytes up to a multiple of four in memory, words, bytes. `end - start` is at least 3. */
function maskWords(bytes: Uint8Array, start: number, end: number, key: number): void {
  const first = start + (-(bytes.byteOffset + start) & 3);
  maskBytes(bytes, start, first, bytes, start, key);
  const aligned = rotateMask(key, first - start);
  const count = (end - first) >> 2;
  const last = first + count * 4;
  xorWords(new Int32Array(bytes.buffer, bytes.byteOffset + first, count), wordOf(aligned));
  maskBytes(bytes, last, end, bytes, last, aligned);
}

function xorWords(words: Int32Array, word: number): void {
  const count = words.length;
  const whole = count & ~7;
  let i = 0;
  for (; i < whole; i += 8) {
    words[i]! ^= word;
    words[i + 1]! ^= word;
    words[i + 2]! ^= word;
    words[i + 3]! ^= word;
    words[i + 4]! ^= word;
    words[i + 5]! ^= word;
    words[i + 6]! ^= word;
    words[i + 7]! ^= word;
  }
  for (; i < count; i++) words[i]! ^= word;
}

function wordOf(key: number): number {
  keyBytes[0] = key >>> 24;
  keyBytes[1] = key >>> 16;
  keyBytes[2] = key >>> 8;
  keyBytes[3] = key;
  return keyWord[0]!;
}
