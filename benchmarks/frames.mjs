// Seeded payloads, and the frames of a client that sends them.
import { Buffer } from "node:buffer";

let seed = 1;
const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 2 ** 32;
const any = (list) => list[Math.floor(random() * list.length)];

/** JSON-like ASCII of exactly `size` characters. */
export function json(size) {
  let text = "";
  while (text.length < size) {
    text += JSON.stringify({
      id: Math.floor(random() * 1e6),
      type: any(["update", "order", "status"]),
      user: any(["alpha", "bravo", "delta"]),
      price: Math.round(random() * 1e6) / 100,
    });
  }
  return Buffer.from(text.slice(0, size)).latin1Slice(); // flat: a slice of another string is slower to compare and to write
}

export function frame(payload, opcode) {
  const size = payload.length;
  const head = size < 126 ? 2 : size < 65536 ? 4 : 10;
  const bytes = Buffer.alloc(head + 4 + size);
  bytes[0] = 0x80 | opcode;
  bytes[1] = 0x80 | (size < 126 ? size : size < 65536 ? 126 : 127);
  if (head === 4) bytes.writeUInt16BE(size, 2);
  if (head === 10) bytes.writeBigUInt64BE(BigInt(size), 2);
  const key = [1, 2, 3, 4].map(() => 1 + Math.floor(random() * 255));
  bytes.set(key, head);
  for (let i = 0; i < size; i++) bytes[head + 4 + i] = payload[i] ^ key[i & 3];
  return bytes;
}

/** A copy in memory of its own, as a socket's read is. */
export function fresh(bytes) {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** About a megabyte of masked frames, in reads of 64 KiB. */
export function stream(size, opcode) {
  const count = Math.max(2, Math.floor((1 << 20) / (size + 8)));
  const all = Buffer.concat(
    Array.from({ length: count }, () => frame(Buffer.from(json(size)), opcode)),
  );
  const reads = [];
  for (let from = 0; from < all.length; from += 65536)
    reads.push(fresh(all.subarray(from, from + 65536)));
  return { count, reads };
}
