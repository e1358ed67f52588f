import { Queue } from "../../connection/buffer/queue.ts";
import type { Sent } from "./transport.ts";

/**
 * The bytes that go to a stream at once if it does not take all. Streams report a write when the whole of it has left, and join waiting writes into one:
 * after 24 MB at once, nothing would show for minutes that a slow reader takes them. Measured: as fast as whole writes.
 */
export const SLICE = 65_536;

/** The part of a stream that {@link Slices} uses. */
interface SlicedStream {
  readonly writable: boolean;
  readonly writableLength: number;
  readonly writableNeedDrain: boolean;
  write(bytes: Uint8Array, sent?: Sent): boolean;
  cork(): void;
  uncork(): void;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly sent: Sent | undefined;
}

/** The bytes that a stream does not have yet, in order: it gets a slice, and the next one when that has left. */
export class Slices {
  /** Bytes that wait. */
  size = 0;
  private readonly waiting = new Queue<Waiting>();
  private offset = 0; // how much of the first the stream has already

  push(bytes: Uint8Array, sent: Sent | undefined): void {
    this.waiting.push({ bytes, sent });
    this.size += bytes.length;
  }

  /** Gives `stream` as much as it takes. Returns whether that was all. */
  feed(stream: SlicedStream): boolean {
    while (this.waiting.length > 0) {
      if (isBackedUp(stream) || !stream.writable) return false;
      stream.cork();
      this.feedSlice(stream);
      stream.uncork();
    }
    return true;
  }

  /** Calls the callbacks of waiting writes with an error, since the stream has ended. */
  fail(error: Error): void {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift())
      next.sent?.(error);
    this.size = 0;
  }

  private feedSlice(stream: SlicedStream): void {
    let room = SLICE;
    for (let next = this.waiting.first; next !== undefined && room > 0; next = this.waiting.first) {
      const { bytes, sent } = next;
      const from = this.offset;
      const to = Math.min(bytes.length, from + room);
      const isLast = to === bytes.length;
      room -= to - from;
      this.size -= to - from;
      this.offset = isLast ? 0 : to;
      if (isLast) this.waiting.shift();
      stream.write(
        from === 0 && isLast ? bytes : bytes.subarray(from, to),
        isLast ? sent : undefined,
      );
    }
  }
}

/** Whether a stream holds more than its high-water mark, until its next tick also for bytes that the kernel has taken at once. */
export const isBackedUp = (stream: SlicedStream): boolean =>
  stream.writableNeedDrain && stream.writableLength > 0;
