/** The reasons why an event stream did not open, or ended. Codes are public API. */
const problems = {
  "connection-failed": "No response came",
  "stream-lost": "The event stream broke off",
  "stream-ended": "The event stream ended",
  "bad-status": "The response has another status than 200",
  "bad-content-type": "The response is no text/event-stream",
  "line-too-big": "A line of the event stream is too long",
  "event-too-big": "An event has too much data",
} as const;

/** The code of a client's failure: stable, for programs. */
export type EventSourceErrorCode = keyof typeof problems;

/** Describes the failure of an event stream. The core emits it and never throws it. */
export class EventSourceError extends Error {
  override readonly name = "EventSourceError";
  /** The failure, in kebab-case; stable. */
  readonly code: EventSourceErrorCode;
  /** The status of the response, where one came and was the reason. */
  readonly status: number | undefined;

  /**
   * @param detail a number or text for the message
   * @param cause the transport's error
   */
  constructor(code: EventSourceErrorCode, detail = "", status?: number, cause?: unknown) {
    super(
      detail === "" ? problems[code] : `${problems[code]}: ${detail}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.status = status;
  }
}
