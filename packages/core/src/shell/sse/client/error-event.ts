import type { EventSourceError } from "../../../sse/client/error.ts";

/** The stream has ended or could not be had. Whether it is tried again is told by `readyState` of the target: 0 or 2. */
export class EventSourceErrorEvent extends Event {
  readonly error: EventSourceError;

  constructor(error: EventSourceError) {
    super("error");
    this.error = error;
  }

  get message(): string {
    return this.error.message;
  }

  /** What happened, in kebab-case; stable. @see {@link EventSourceError.code} */
  get code(): EventSourceError["code"] {
    return this.error.code;
  }

  /** The status of the response, where that was the reason. */
  get status(): number | undefined {
    return this.error.status;
  }
}
