/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4 §4.2.2). */
const K = constants();

/** Expanded message words of the block at hand; shared, since hashing never yields. */
const words = new Int32Array(64);

/** Returns the 32-byte SHA-256 digest of `bytes` (FIPS 180-4 §6.2). */
export function sha256(bytes: Uint8Array): Uint8Array {
  const state = Int32Array.of(
    0x6a09e667,
    0xbb67ae85,
    0x3c6ef372,
    0xa54ff53a,
    0x510e527f,
    0x9b05688c,
    0x1f83d9ab,
    0x5be0cd19,
  );
  const padded = pad(bytes);
  for (let offset = 0; offset < padded.length; offset += 64) mixBlock(state, padded, offset);
  const digest = new Uint8Array(32);
  for (let i = 0; i < 32; i++) digest[i] = state[i >> 2]! >>> (24 - 8 * (i & 3));
  return digest;
}

/** Returns the 32-byte HMAC-SHA-256 of `bytes` (RFC 2104). */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? sha256(key) : key);
  const inner = new Uint8Array(64 + bytes.length);
  const outer = new Uint8Array(96);
  for (let i = 0; i < 64; i++) {
    inner[i] = block[i]! ^ 0x36;
    outer[i] = block[i]! ^ 0x5c;
  }
  inner.set(bytes, 64);
  outer.set(sha256(inner), 64);
  return sha256(outer);
}

/** Appends a one bit, zeros, and the length in bits as 64 big-endian bits (FIPS 180-4 §5.1.1). */
function pad(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const padded = new Uint8Array((length + 72) & ~63);
  padded.set(bytes);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 0x2000_0000));
  view.setUint32(padded.length - 4, length << 3);
  return padded;
}

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** Mixes one 64-byte block into `state` (FIPS 180-4 §6.2.2). */
function mixBlock(state: Int32Array, bytes: Uint8Array, offset: number): void {
  expand(bytes, offset);
  let [a, b, c, d, e, f, g, h] = state as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let i = 0; i < 64; i++) {
    const big = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const first = (h + big + ((e & f) ^ (~e & g)) + K[i]! + words[i]!) | 0;
    const small = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const second = (small + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i]! += word;
}

function expand(bytes: Uint8Array, offset: number): void {
  for (let i = 0, at = offset; i < 16; i++, at += 4) {
    words[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  for (let i = 16; i < 64; i++) {
    const early = words[i - 15]!;
    const late = words[i - 2]!;
    const low = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    const high = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
    words[i] = words[i - 16]! + low + words[i - 7]! + high;
  }
}

function constants(): Int32Array {
  const made = new Int32Array(64);
  for (let candidate = 2, count = 0; count < 64; candidate++) {
    if (!isPrime(candidate)) continue;
    const root = Math.cbrt(candidate);
    made[count++] = Math.floor((root - Math.floor(root)) * 0x1_0000_0000);
  }
  return made;
}

function isPrime(candidate: number): boolean {
  for (let by = 2; by * by <= candidate; by++) if (candidate % by === 0) return false;
  return true;
}
