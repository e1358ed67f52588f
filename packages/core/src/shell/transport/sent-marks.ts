import { Queue } from "../../connection/buffer/queue.ts";
import type { Sent } from "./transport.ts";

/** Said of what was still to leave when a connection ended. */
export const NOT_WRITABLE =
  "The connection has ended, or is gone: what was to be sent has not been";

/** For a transport that counts its bytes: who is to be told once so many of them have left. In order, and not from inside a `write`. */
export class SentMarks {
  private readonly marks = new Queue<readonly [at: number, sent: Sent]>();

  /** `sent` is told once `at` bytes have left, counted from the first. */
  add(at: number, sent: Sent): void {
    this.marks.push([at, sent]);
  }

  /** So many bytes have left. */
  reached(at: number): void {
    const { marks } = this;
    while (marks.length > 0 && marks.first![0] <= at) marks.shift()![1]();
  }

  /** No more will. */
  fail(cause: unknown): void {
    const error = cause instanceof Error ? cause : new Error(NOT_WRITABLE);
    for (let mark = this.marks.shift(); mark !== undefined; mark = this.marks.shift())
      mark[1](error);
  }
}
