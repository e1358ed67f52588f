import { ProtocolViolation, violations } from "../../violation.ts";
import { ADVICE, meaningOf } from "./advice.ts";

/** The fields read of a close event. Events of other libraries give shorter texts. */
export interface ClosedLike {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  /** The side that began to close. */
  readonly initiator?: "local" | "peer" | undefined;
  /** The reason for the close: a violation, an error of the transport. */
  readonly cause?: unknown;
}

/** The usual causes of 1006 without a reported reason. */
const UNEXPLAINED =
  "The transport ended without a close frame: the peer's process died, the network or a proxy between dropped the connection, or terminate() was called. To see which, record the connection (the option record) and explain the trace.";

/** Explains why a WebSocket closed: which side closed it, the reason, and the remedy. */
export function explainClose(event: ClosedLike): string {
  const { code, reason, cause, initiator } = event;
  const how = `${code} (${meaningOf(code)}${reason === "" ? "" : `: ${JSON.stringify(reason)}`})`;
  if (cause instanceof ProtocolViolation)
    return `${explainViolation(cause)} The connection closed with ${how}.`;
  const why = messageOf(cause);
  if (code === 1006)
    return `The connection closed with ${how}. ${why === "" ? UNEXPLAINED : `${why}.`}`;
  const who =
    initiator === "local"
      ? "This side"
      : initiator === "peer"
        ? "The peer"
        : "One of the two sides";
  return `${who} closed the connection with ${how}${event.wasClean ? ", and the other agreed" : ""}.${why === "" ? "" : ` ${why}.`}`;
}

/** Explains a violation: the rule, the place and the remedy. */
export function explainViolation({
  code,
  message,
  offset,
}: Pick<ProtocolViolation, "code" | "message" | "offset">): string {
  const [, , clause] = violations[code];
  const where = offset === undefined ? "" : ` at byte ${offset} of the peer's stream`;
  return `${message} (${code}, ${clause})${where}. ${ADVICE[code]}`;
}

function messageOf(cause: unknown): string {
  if (cause === undefined || cause === null) return "";
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, "");
}
