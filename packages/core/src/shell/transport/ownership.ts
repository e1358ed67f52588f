import { UsageError } from "../../violation.ts";

/** The sockets, streams and responses with an owner, and the call that took each. */
const owners = new WeakMap<object, string>();

/**
 * Throws if `thing` has an owner already: two owners would write into each other's bytes.
 * @param by the call that would take it, for the message
 * @throws {UsageError}
 */
export function refuseOwned(thing: object | null | undefined, by: string): void {
  const owner = thing ? owners.get(thing) : undefined;
  if (owner === undefined) return;
  throw new UsageError(
    `${by}: ${owner} has taken this already; is there a second listener for the same event? Let one of them decide, by path say, and the others return`,
  );
}

/** Makes `by` the owner of `thing`, for good. */
export function own(thing: object, by: string): void {
  owners.set(thing, by);
}
