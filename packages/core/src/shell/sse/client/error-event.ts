import type { EventSourceError } from "../../../sse/client/error.ts";

/** The event `error`: the stream has ended, or a request failed. The target's `readyState` says whether it tries again: 0 or 2. */
export class EventSourceErrorEvent extends Event {
  readonly error: EventSourceError;

  constructor(error: EventSourceError) {
    super("error");
    this.error = error;
  }

  get message(): string {
    return this.error.message;
  }

  /** The reason in kebab-case; stable. @see {@link EventSourceError.code} */
  get code(): EventSourceError["code"] {
    return this.error.code;
  }

  /** The status of the response, if that was the reason. */
  get status(): number | undefined {
    return this.error.status;
  }
}
