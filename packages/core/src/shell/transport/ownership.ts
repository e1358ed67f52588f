import { UsageError } from "../../violation.ts";

/**
 * Where a socket, stream or response names its owner: the call that took it. A field of its own, as a WeakMap of all of them is walked at each
 * collection of garbage: 2 % of a connection's opening (`npm run bench -- --only connect`).
 */
const OWNER = Symbol("owner");

interface Ownable {
  [OWNER]?: string;
  /** Of a stream of HTTP/2. */
  readonly headersSent?: boolean;
  readonly destroyed?: boolean;
}

const SECOND_LISTENER =
  "is there a second listener for the same event? Let one of them decide, by path say, and the others return";

/**
 * Throws if `thing` has an owner already: two owners would write into each other's bytes.
 * @param by the call that would take it, for the message
 * @param advice what to do about it
 * @throws {UsageError}
 */
export function refuseOwned(
  thing: object | null | undefined,
  by: string,
  advice = SECOND_LISTENER,
): void {
  const owner = thing ? (thing as Ownable)[OWNER] : undefined;
  if (owner !== undefined)
    throw new UsageError(`${by}: ${owner} has taken this already; ${advice}`);
}

/** Throws if a request's socket or stream has an owner already, or if the application has answered by hand. @throws {UsageError} */
export function refuseAnswered(duplex: object | null | undefined, by: string): void {
  refuseOwned(duplex, by);
  const { headersSent, destroyed } = (duplex ?? {}) as Ownable;
  if (headersSent === true && destroyed !== true)
    throw new UsageError(
      `${by}: this stream has been answered already; ${SECOND_LISTENER}. If the server has a request listener, it needs an empty one for "connect" too`,
    );
}

/** Makes a client the owner of a connection that the caller has made. @throws {UsageError} if that carries a WebSocket already. */
export function takeConnection(connection: object, option: string): void {
  refuseOwned(connection, option, "give each socket a connection of its own");
  own(connection, `the option ${option}`);
}

/** Makes `by` the owner of `thing`, for good. */
export function own(thing: object, by: string): void {
  (thing as Ownable)[OWNER] = by;
}
