/** Why an event stream could not be had, or ended. Codes are public API. */
const problems = {
  "connection-failed": "No response came",
  "stream-lost": "The event stream broke off",
  "stream-ended": "The event stream ended",
  "bad-status": "The response has another status than 200",
  "bad-content-type": "The response is no text/event-stream",
  "line-too-big": "A line of the event stream is too long",
  "event-too-big": "An event has too much data",
} as const;

/** Why an event stream's client failed: stable, for programs. */
export type EventSourceErrorCode = keyof typeof problems;

/** Given to the application as it is; never thrown by the core. */
export class EventSourceError extends Error {
  override readonly name = "EventSourceError";
  /** What happened, in kebab-case; stable. */
  readonly code: EventSourceErrorCode;
  /** The status of the response, where one came and was the reason. */
  readonly status: number | undefined;

  /** @param detail what was seen @param cause what the transport threw */
  constructor(code: EventSourceErrorCode, detail = "", status?: number, cause?: unknown) {
    super(
      detail === "" ? problems[code] : `${problems[code]}: ${detail}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.status = status;
  }
}
