/** The block at hand and its expanded words; shared, since hashing never yields. */
const block = new Uint8Array(64);
const words = new Int32Array(80);

/** Returns the 20-byte SHA-1 digest of `bytes` (RFC 3174). For handshake keys, not for security. */
export function sha1(bytes: Uint8Array): Uint8Array {
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const end = (bytes.length + 72) & ~63;
  for (let from = 0; from < end; from += 64) {
    fillBlock(bytes, from, from + 64 === end);
    mixBlock(state);
  }
  const digest = new Uint8Array(20);
  for (let i = 0; i < 20; i++) digest[i] = state[i >> 2]! >>> (24 - 8 * (i & 3));
  return digest;
}

/** Fills the block with the bytes at `from`; behind the last, a one bit and zeros; and ends the last with the length in bits (RFC 3174 §4). */
function fillBlock(bytes: Uint8Array, from: number, isLast: boolean): void {
  const { length } = bytes;
  const there = Math.max(0, Math.min(64, length - from));
  for (let i = 0; i < there; i++) block[i] = bytes[from + i]!;
  block.fill(0, there);
  if (length >= from && there < 64) block[there] = 0x80;
  if (!isLast) return;
  for (let at = 63, left = length * 8; left > 0; left = Math.floor(left / 256))
    block[at--] = left % 256;
}

/** Mixes the block into `state` (RFC 3174 §6.1). */
function mixBlock(state: Int32Array): void {
  for (let i = 0, at = 0; i < 16; i++, at += 4) {
    words[i] = (block[at]! << 24) | (block[at + 1]! << 16) | (block[at + 2]! << 8) | block[at + 3]!;
  }
  for (let i = 16; i < 80; i++) {
    const word = words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!;
    words[i] = (word << 1) | (word >>> 31);
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  for (let i = 0; i < 80; i++) {
    const mixed =
      i < 20
        ? ((b & c) | (~b & d)) + 0x5a827999
        : i < 40
          ? (b ^ c ^ d) + 0x6ed9eba1
          : i < 60
            ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
            : (b ^ c ^ d) + 0xca62c1d6;
    const next = (((a << 5) | (a >>> 27)) + mixed + e + words[i]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
}
