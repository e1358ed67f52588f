import { copyOf } from "./message-parts.ts";

/** Holds input that arrived while the connection was paused or not yet accepted, in order. */
export class HeldInput {
  private readonly chunks: Uint8Array[] = [];

  /** Keeps `bytes[start, end)`, copied unless the memory is `ours`. */
  push(bytes: Uint8Array, start: number, end: number, ours: boolean): void {
    this.chunks.push(ours ? bytes.subarray(start, end) : copyOf(bytes, start, end));
  }

  /** Puts back the rest of a chunk that {@link shift} returned. */
  unshift(bytes: Uint8Array): void {
    this.chunks.unshift(bytes);
  }

  shift(): Uint8Array | undefined {
    return this.chunks.shift();
  }
}
