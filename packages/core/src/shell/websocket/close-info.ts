import { type CloseCauseCode, closeCauses } from "../../connection/close-record.ts";
import { PeerLeft } from "../transport/http2.ts";
import type { ClientConnection, ServerConnection } from "../../connection/contract.ts";

/** How a WebSocket closed: the fields of its `close` event. */
export interface CloseInfo {
  readonly code: number;
  readonly reason: string;
  /** Whether both sides finished the closing handshake. */
  readonly wasClean: boolean;
  /** Which side began to end the connection. */
  readonly initiator?: "local" | "peer" | undefined;
  /** Why it was not clean, as in the `close` event. */
  readonly cause?: (Error & { readonly code: string }) | undefined;
}

/** The WebSocket has closed, so that the awaited message or write never comes. `cause` is that of the error event, if there was one. */
export class ClosedError extends Error {
  override readonly name = "ClosedError";
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;

  constructor({ code, reason, wasClean }: Omit<CloseInfo, "initiator" | "cause">, cause?: unknown) {
    super(
      `The WebSocket was closed: ${code}${reason && ` ${reason}`}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}

/** The part of a session that knows how it closed. */
interface Closed {
  readonly driver:
    { readonly connection: Pick<ServerConnection | ClientConnection, "closure"> } | undefined;
  readonly lostBy: unknown;
}

/** Returns how a session closed. A session on a dead stream has 1006. */
export function closeInfoOf(session: Closed): CloseInfo {
  const { code, reason, clean, initiator } = session.driver?.connection.closure ?? LOST;
  const info = { code, reason, wasClean: clean };
  // Not enumerable, so that tests can compare an info with `{ code, reason, wasClean }`.
  return Object.defineProperties(info, {
    initiator: { value: initiator },
    cause: { value: closeCauseOf(session) },
  });
}

/** Returns why a session closed, as an error; `undefined` where it closed cleanly. */
export function closeCauseOf({ driver, lostBy }: Closed): CloseInfo["cause"] {
  const { cause } = driver?.connection.closure ?? LOST;
  return typeof cause === "string" ? causeOf(cause, lostBy) : cause;
}

/** Which side began to end a session's connection. */
export const initiatorOf = ({ driver }: Closed): "local" | "peer" =>
  (driver?.connection.closure ?? LOST).initiator;

/** The closure of a connection that was lost before there was one. */
const LOST = {
  code: 1006,
  reason: "",
  clean: false,
  initiator: "peer",
  cause: "connection-lost",
} as const;

/** Makes the error of a cause, with the transport's error as its own `cause`. */
function causeOf(code: CloseCauseCode, lostBy: unknown): Error & { readonly code: string } {
  const options = lostBy === undefined ? undefined : { cause: lostBy };
  return Object.assign(new Error(wordsOf(code, lostBy), options), { code });
}

function wordsOf(code: CloseCauseCode, lostBy: unknown): string {
  if (lostBy instanceof PeerLeft) return lostBy.message; // the peer has closed the stream, and nothing was lost
  return `${closeCauses[code]}${lostBy instanceof Error ? `: ${lostBy.message}` : ""}`;
}
