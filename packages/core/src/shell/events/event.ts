import type { Buffer } from "node:buffer";
import { answerOf, bodyOf, headerRecord } from "./refusing-response.ts";

/** What is dispatched to a listener. The subset of the DOM's `Event` that faye-websocket has, with its fields and methods. */
export class Event {
  static readonly CAPTURING_PHASE = 1;
  static readonly AT_TARGET = 2;
  static readonly BUBBLING_PHASE = 3;

  type: string;
  target: unknown = null;
  currentTarget: unknown = null;
  /** 2, `AT_TARGET`, while it is being dispatched and after. */
  eventPhase = 0;
  // On the prototype, so that an event of each message does not carry them.
  declare bubbles: boolean;
  declare cancelable: boolean;

  constructor(type: string) {
    this.type = type;
  }

  /** Sets what the constructor of a DOM event would. */
  initEvent(type: string, bubbles: boolean, cancelable: boolean): void {
    this.type = type;
    this.bubbles = bubbles;
    this.cancelable = cancelable;
  }

  /** Does nothing: a WebSocket has no ancestors. */
  stopPropagation(): void {}
  /** Does nothing: no event of a WebSocket has a default action. */
  preventDefault(): void {}
}
Object.defineProperty(Event, "name", { value: "Event" }); // bundlers rename classes that are called like a global
Event.prototype.bubbles = false;
Event.prototype.cancelable = false;

/** The connection is gone. The last event, and dispatched exactly once. */
export class CloseEvent extends Event {
  /** The close code that was received or earned; 1005 for a close frame without one, 1006 for none at all (RFC 6455 §7.1.5). */
  readonly code: number;
  readonly reason: string;
  /** Whether both sides finished the closing handshake. */
  readonly wasClean: boolean;
  /** Which side began to end the connection. */
  readonly initiator: "local" | "peer" | undefined;
  /** Why it was not clean, by `code` and words: `"peer-ended"`, `"connection-lost"`, `"close-timeout"`, `"terminated"`, or a violation's. */
  readonly cause: (Error & { readonly code: string }) | undefined;

  constructor(
    code: number,
    reason: string,
    wasClean: boolean,
    initiator?: "local" | "peer",
    cause?: Error & { readonly code: string },
  ) {
    super("close");
    this.initiator = initiator;
    this.cause = cause;
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}

/** The connection failed; `close` follows. Not an `Error`: {@link error} is. */
export class ErrorEvent extends Event {
  readonly message: string;
  /** What was thrown or found: a `ProtocolViolation`, or the transport's error. */
  readonly error: unknown;

  constructor(message: string, error: unknown) {
    super("error");
    this.message = message;
    this.error = error;
  }

  /** The stable code of {@link error} where it has one: `"invalid-utf8"`, `"ECONNREFUSED"`. */
  get code(): string | undefined {
    const code: unknown = (this.error as { code?: unknown } | null | undefined)?.code;
    return typeof code === "string" ? code : undefined;
  }

  /** The status of the answer that refused a client: the server's, or the proxy's where {@link code} is `"proxy-refused"`. */
  get status(): number | undefined {
    return answerOf(this.error)?.status;
  }

  /** The header fields of that answer by lower-case name; what was repeated is joined by `", "`. */
  get headers(): Record<string, string> | undefined {
    const answer = answerOf(this.error);
    return answer && headerRecord(answer.headers);
  }

  /** The first 64 KiB of that answer's body, or what of it came in time. */
  get body(): Buffer | undefined {
    return bodyOf(answerOf(this.error));
  }

  /**
   * Where in the peer's stream a violation was found, in bytes from the end of the opening; `undefined` for what is not in it.
   * @see ProtocolViolation.offset
   */
  get offset(): number | undefined {
    const offset: unknown = (this.error as { offset?: unknown } | null | undefined)?.offset;
    return typeof offset === "number" ? offset : undefined;
  }

  /** What lies beneath {@link error}, which may have a cause in turn: zlib's error, a plug-in's. */
  get cause(): unknown {
    return (this.error as { cause?: unknown } | null | undefined)?.cause;
  }
}

/** A foreign event may have these fields as getters; then they stay as they are. */
function retarget(event: object, target: unknown): void {
  Reflect.set(event, "target", target);
  Reflect.set(event, "currentTarget", target);
  Reflect.set(event, "eventPhase", Event.AT_TARGET);
}

/** Makes `target` the target of an event that is about to be dispatched. */
export function setTarget(event: { readonly type: string }, target: unknown): void {
  if (!(event instanceof Event)) return retarget(event, target);
  event.target = event.currentTarget = target;
  event.eventPhase = Event.AT_TARGET;
}

/** The handler of `target` for events of `type`: what its property `on<type>` holds. Each message asks; a property's name that must be put together would show. */
export function handlerOf(target: object, type: string): unknown {
  return type === "message"
    ? (target as { onmessage?: unknown }).onmessage
    : Reflect.get(target, `on${type}`);
}
