import { MAX_HEADER } from "../../frame/header.ts";

/** Bytes that may wait before a message larger than the limit: heads, control frames, and writes that the runtime is about to do. */
const LITTLE = 64 * 1024;

/** Bounds the output that may wait. A single larger message is accepted where little else waits, and raises the limit until it has left. */
export class OutputLimit {
  private readonly limit: number;
  private readonly little: number;
  private lifted = 0; // the raised limit

  constructor(limit: number) {
    this.limit = limit;
    this.little = Math.min(LITTLE, limit / 8);
  }

  /** Whether this many bytes may wait. */
  allows(waiting: number): boolean {
    if (waiting > this.limit) return waiting <= this.lifted;
    if (this.lifted > 0) this.lifted = 0;
    return true;
  }

  /** Whether a payload of `size` bytes may follow. */
  fits(size: number, waiting: number): boolean {
    return waiting + MAX_HEADER + size <= Math.max(this.limit, this.lifted);
  }

  /** Whether a payload of `size` bytes alone exceeds the limit. */
  isBelow(size: number): boolean {
    return size + MAX_HEADER > this.limit;
  }

  /** Raises the limit for a payload that alone exceeds it. */
  lift(size: number, waiting: number): void {
    if (waiting <= this.little) this.lifted = size + MAX_HEADER + 2 * this.little;
  }
}
