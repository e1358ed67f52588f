import { type CloseCauseCode, closeCauses } from "../../connection/close-record.ts";
import { PeerLeft } from "../transport/http2.ts";
import type { ClientConnection, ServerConnection } from "../../connection/contract.ts";

/** How a WebSocket was closed: what its `close` event says. */
export interface CloseInfo {
  readonly code: number;
  readonly reason: string;
  /** Whether both sides finished the closing handshake. */
  readonly wasClean: boolean;
  /** Which side began to end the connection. */
  readonly initiator?: "local" | "peer" | undefined;
  /** Why it was not clean, as of the `close` event. */
  readonly cause?: (Error & { readonly code: string }) | undefined;
}

/** What was waited for will not come: the WebSocket is closed. `cause` is the error event's, where there was one. */
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

/** The part of a session that knows how it was closed. */
interface Closed {
  readonly driver:
    { readonly connection: Pick<ServerConnection | ClientConnection, "closure"> } | undefined;
  readonly lostBy: unknown;
}

/** How a closed session was closed. One that was dead when it was given has no more to tell than that. */
export function closeInfoOf({ driver, lostBy }: Closed): CloseInfo {
  const closure = driver?.connection.closure;
  if (closure === undefined) return { code: 1006, reason: "", wasClean: false };
  const { code, reason, clean, initiator, cause } = closure;
  const info = { code, reason, wasClean: clean };
  // Not enumerable: an info is compared with what it has always had.
  return Object.defineProperties(info, {
    initiator: { value: initiator },
    cause: { value: typeof cause === "string" ? causeOf(cause, lostBy) : cause },
  });
}

/** The words of a cause, and the transport's error beneath. */
function causeOf(code: CloseCauseCode, lostBy: unknown): Error & { readonly code: string } {
  const options = lostBy === undefined ? undefined : { cause: lostBy };
  return Object.assign(new Error(wordsOf(code, lostBy), options), { code });
}

function wordsOf(code: CloseCauseCode, lostBy: unknown): string {
  if (lostBy instanceof PeerLeft) return lostBy.message; // that is no loss
  return `${closeCauses[code]}${lostBy instanceof Error ? `: ${lostBy.message}` : ""}`;
}
