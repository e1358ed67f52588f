import { MAX_HEADER } from "../../frame/header.ts";

/** What may wait before a message larger than the limit, as if it were nothing: heads and control frames, and what the runtime is about to write. */
const LITTLE = 64 * 1024;

/** How much output may wait. One message that alone is more is taken where there is little else, and lifts the limit until it has gone out. */
export class OutputLimit {
  private readonly limit: number;
  private readonly little: number;
  private lifted = 0; // the limit meanwhile

  constructor(limit: number) {
    this.limit = limit;
    this.little = Math.min(LITTLE, limit / 8);
  }

  /** Whether so many bytes may wait. */
  allows(waiting: number): boolean {
    if (waiting > this.limit) return waiting <= this.lifted;
    if (this.lifted > 0) this.lifted = 0;
    return true;
  }

  /** Whether a payload of `size` bytes may follow. */
  fits(size: number, waiting: number): boolean {
    return waiting + MAX_HEADER + size <= Math.max(this.limit, this.lifted);
  }

  /** Whether a payload of `size` bytes is more than the limit by itself. */
  isBelow(size: number): boolean {
    return size + MAX_HEADER > this.limit;
  }

  /** A payload that is more than the limit by itself is about to be sent. */
  lift(size: number, waiting: number): void {
    if (waiting <= this.little) this.lifted = size + MAX_HEADER + 2 * this.little;
  }
}
