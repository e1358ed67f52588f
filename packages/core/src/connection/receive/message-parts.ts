import type { Platform } from "../../platform.ts";

/** Pieces of this size are kept by reference where their memory is ours; smaller ones are copied together. */
const KEEP_MIN = 4096;

/** Copies go into tails that grow from this … */
const TAIL_MIN = 1024;
/** … to this, so that many small fragments cost little more memory than one large one. */
const TAIL_MAX = 64 * 1024;

/**
 * Gathers the pieces of a message in as few parts as possible.
 *
 * Large pieces are kept by reference where chunks are ours to keep; small ones are copied together as they
 * come, so a message in 64-byte fragments does not hold the chunks they came in.
 */
export class MessageParts {
  /** Bytes gathered. */
  size = 0;
  private readonly platform: Platform;
  private readonly ownsChunks: boolean;
  private done: Uint8Array[] = [];
  private tail: Uint8Array | undefined = undefined; // of which [from, filled) is no part yet
  private from = 0;
  private filled = 0;

  constructor(platform: Platform, ownsChunks: boolean) {
    this.platform = platform;
    this.ownsChunks = ownsChunks;
  }

  /** @param toCome the most bytes this and later pieces can have; `Infinity` while fragments may follow */
  add(bytes: Uint8Array, start: number, end: number, toCome: number): void {
    const length = end - start;
    // A piece pins its whole chunk: keep it only where it is most of the chunk.
    if (this.ownsChunks && length >= KEEP_MIN && length * 2 >= bytes.buffer.byteLength) {
      this.cutTail();
      this.done.push(bytes.subarray(start, end));
      this.size += length;
    } else this.copy(bytes, start, end, toCome);
  }

  /** Returns the message's parts, in order. Do not use the object after. */
  take(): Uint8Array[] {
    this.cutTail();
    return this.done;
  }

  private copy(bytes: Uint8Array, start: number, end: number, toCome: number): void {
    const last = start + toCome;
    let at = start;
    while (at < end) {
      if (this.tail === undefined || this.filled === this.tail.length)
        this.startTail(end - at, last - at);
      const tail = this.tail!;
      const stop = Math.min(end, at + tail.length - this.filled);
      tail.set(bytes.subarray(at, stop), this.filled);
      this.filled += stop - at;
      this.size += stop - at;
      at = stop;
    }
  }

  private startTail(wanted: number, toCome: number): void {
    this.cutTail();
    this.from = this.filled = 0;
    const roomy = Math.min(TAIL_MAX, Math.max(TAIL_MIN, this.size));
    this.tail = this.platform.allocate(Math.max(wanted, Math.min(toCome, roomy)));
  }

  /** Makes a part of the bytes copied last. Later pieces fill the rest of the tail: small pieces between large ones share it. */
  private cutTail(): void {
    if (this.filled > this.from) this.done.push(this.tail!.subarray(this.from, this.filled));
    this.from = this.filled;
  }
}

/** Copies a range into memory of its own: `slice` of a Node `Buffer` returns a view. */
export const copyOf = (bytes: Uint8Array, start: number, end: number): Uint8Array =>
  new Uint8Array(bytes.subarray(start, end));

/** Joins `parts`, `size` bytes in all, into one array. */
export function joinParts(
  platform: Platform,
  parts: readonly Uint8Array[],
  size: number,
): Uint8Array {
  const joined = platform.allocate(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
