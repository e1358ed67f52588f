import type { Session } from "./session.ts";

/** How a WebSocket was closed: what its `close` event says. */
export interface CloseInfo {
  readonly code: number;
  readonly reason: string;
  /** Whether both sides finished the closing handshake. */
  readonly wasClean: boolean;
}

/** What was waited for will not come: the WebSocket is closed. `cause` is the error event's, where there was one. */
export class ClosedError extends Error {
  override readonly name = "ClosedError";
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;

  constructor({ code, reason, wasClean }: CloseInfo, cause?: unknown) {
    super(
      `The WebSocket was closed: ${code}${reason && ` ${reason}`}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}

/** How a closed session was closed. One that was dead when it was given has no more to tell than that. */
export function closeInfoOf({ driver }: Session): CloseInfo {
  const { code, reason, clean } = driver?.connection.closure ?? {
    code: 1006,
    reason: "",
    clean: false,
  };
  return { code, reason, wasClean: clean };
}
