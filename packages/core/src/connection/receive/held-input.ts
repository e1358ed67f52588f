import { copyOf } from "./message-parts.ts";

/** Input that arrived while it could not be read: the connection is paused, or not yet accepted. In order. */
export class HeldInput {
  private readonly chunks: Uint8Array[] = [];

  /** Keeps `bytes[start, end)`, copied unless the memory is `ours`. */
  push(bytes: Uint8Array, start: number, end: number, ours: boolean): void {
    this.chunks.push(ours ? bytes.subarray(start, end) : copyOf(bytes, start, end));
  }

  /** Puts back the rest of what {@link shift} gave. */
  unshift(bytes: Uint8Array): void {
    this.chunks.unshift(bytes);
  }

  shift(): Uint8Array | undefined {
    return this.chunks.shift();
  }
}
