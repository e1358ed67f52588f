import { Queue } from "../../connection/buffer/queue.ts";
import type { Sent } from "./transport.ts";

/** The error of a write that had not left when its connection ended. */
export const NOT_WRITABLE =
  "The connection has ended, or is gone: what was to be sent has not been";

/** The callbacks of writes of a transport that counts its bytes. It calls them in order, and not from inside a `write`. */
export class SentMarks {
  private readonly marks = new Queue<readonly [at: number, sent: Sent]>();

  /** Calls `sent` once `at` bytes have left, counted from the first. */
  add(at: number, sent: Sent): void {
    this.marks.push([at, sent]);
  }

  /** Calls the callbacks up to `at`, the number of bytes that have left. */
  reached(at: number): void {
    const { marks } = this;
    while (marks.length > 0 && marks.first![0] <= at) marks.shift()![1]();
  }

  /** Calls the remaining callbacks with an error. */
  fail(cause: unknown): void {
    const error = cause instanceof Error ? cause : new Error(NOT_WRITABLE);
    for (let mark = this.marks.shift(); mark !== undefined; mark = this.marks.shift())
      mark[1](error);
  }
}
