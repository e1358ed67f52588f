/** The limit on output that waits. A single larger message is accepted where little else waits, and raises the limit until it has left. */
import { MAX_HEADER } from "../../frame/header.ts";

/** Bytes that may wait before a message larger than the limit: heads, control frames, and writes that the runtime is about to do. */
const LITTLE = 64 * 1024;

/** The part of a send pipeline that has the limit. An object of its own would cost each connection 48 bytes (`npm run bench -- --only idle`). */
export interface LimitedOutput {
  /** The most bytes that may wait. */
  readonly most: number;
  /** The raised limit; 0 where it is not raised. */
  lifted: number;
}

/** Returns whether this many bytes may wait. */
export function allows(output: LimitedOutput, waiting: number): boolean {
  if (waiting > output.most) return waiting <= output.lifted;
  if (output.lifted > 0) output.lifted = 0;
  return true;
}

/** Returns whether a payload of `size` bytes may follow. */
export const fits = ({ most, lifted }: LimitedOutput, size: number, waiting: number): boolean =>
  waiting + MAX_HEADER + size <= Math.max(most, lifted);

/** Returns whether a payload of `size` bytes alone exceeds the limit. */
export const exceeds = ({ most }: LimitedOutput, size: number): boolean => size + MAX_HEADER > most;

/** Raises the limit for a payload that alone exceeds it. */
export function lift(output: LimitedOutput, size: number, waiting: number): void {
  const little = Math.min(LITTLE, output.most / 8);
  if (waiting <= little) output.lifted = size + MAX_HEADER + 2 * little;
}
