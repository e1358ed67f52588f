import { UsageError } from "../../violation.ts";

/**
 * Where a socket, stream or response names its owner: the call that took it. A field of its own, as a WeakMap of all of them is walked at each
 * collection of garbage: 2 % of a connection's opening (`npm run bench -- --only connect`).
 */
const OWNER = Symbol("owner");

interface Ownable {
  [OWNER]?: string;
}

/**
 * Throws if `thing` has an owner already: two owners would write into each other's bytes.
 * @param by the call that would take it, for the message
 * @throws {UsageError}
 */
export function refuseOwned(thing: object | null | undefined, by: string): void {
  const owner = thing ? (thing as Ownable)[OWNER] : undefined;
  if (owner === undefined) return;
  throw new UsageError(
    `${by}: ${owner} has taken this already; is there a second listener for the same event? Let one of them decide, by path say, and the others return`,
  );
}

/** Makes `by` the owner of `thing`, for good. */
export function own(thing: object, by: string): void {
  (thing as Ownable)[OWNER] = by;
}
