import { ProtocolViolation, violations } from "../../violation.ts";
import { ADVICE, meaningOf } from "./advice.ts";

/** What is read of a close event. Those of other libraries will do, with less to say. */
export interface ClosedLike {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  /** Which side began to close. */
  readonly initiator?: "local" | "peer" | undefined;
  /** Why it closed: a violation, an error of the transport. */
  readonly cause?: unknown;
}

/** What 1006 comes from where nothing says why. */
const UNEXPLAINED =
  "The transport ended without a close frame: the peer's process died, the network or a proxy between dropped the connection, or terminate() was called. To see which, record the connection (the option record) and explain the trace.";

/** Returns, in words, why a WebSocket closed: by whom, for what, and what to change. */
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

/** Returns, in words, which rule was broken, where, and what to change. */
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
