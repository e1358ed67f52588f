import type { Buffer } from "node:buffer";
import { answerOf, bodyOf, headerRecord } from "./refusing-response.ts";

/** An event for listeners: the subset of the DOM's `Event` that faye-websocket has, with its fields and methods. */
export class Event {
  static readonly CAPTURING_PHASE = 1;
  static readonly AT_TARGET = 2;
  static readonly BUBBLING_PHASE = 3;

  type: string;
  target: unknown = null;
  currentTarget: unknown = null;
  /** 2, `AT_TARGET`, during dispatch and after. */
  eventPhase = 0;
  // On the prototype, so that a message's event does not hold them.
  declare bubbles: boolean;
  declare cancelable: boolean;

  constructor(type: string) {
    this.type = type;
  }

  /** Sets the fields that the constructor of a DOM event would set. */
  initEvent(type: string, bubbles: boolean, cancelable: boolean): void {
    this.type = type;
    this.bubbles = bubbles;
    this.cancelable = cancelable;
  }

  /** Returns the fields for `JSON.stringify`, without the socket. */
  toJSON(): object {
    return { type: this.type };
  }

  /** Does nothing: a WebSocket has no ancestors. */
  stopPropagation(): void {}
  /** Does nothing: no event of a WebSocket has a default action. */
  preventDefault(): void {}
}
Object.defineProperty(Event, "name", { value: "Event" }); // bundlers rename classes with the name of a global
Event.prototype.bubbles = false;
Event.prototype.cancelable = false;

/** The event `close`: the connection has ended. It is the last event, and comes exactly once. */
export class CloseEvent extends Event {
  /** The close code of the peer, or of the violation; 1005 for a close frame without one, 1006 without a close frame (RFC 6455 §7.1.5). */
  readonly code: number;
  readonly reason: string;
  /** Whether both sides finished the closing handshake. */
  readonly wasClean: boolean;
  /** Which side began to end the connection. */
  readonly initiator: "local" | "peer" | undefined;
  /** Why it was not clean, as a message and by `code`: `"peer-ended"`, `"connection-lost"`, `"close-timeout"`, `"terminated"`, or a violation's. */
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

  override toJSON(): object {
    const { type, code, reason, wasClean, initiator, cause } = this;
    return { type, code, reason, wasClean, initiator, cause: cause && plain(cause) };
  }
}

/** The event `error`: the connection failed, and `close` follows. It is not an `Error`; {@link error} is. */
export class ErrorEvent extends Event {
  readonly message: string;
  /** The error itself: a `ProtocolViolation`, or the transport's error. */
  readonly error: unknown;

  constructor(message: string, error: unknown) {
    super("error");
    this.message = message;
    this.error = error;
  }

  override toJSON(): object {
    const { type, message, code, status } = this;
    return { type, message, code, status };
  }

  /** The stable code of {@link error}, if it has one: `"invalid-utf8"`, `"ECONNREFUSED"`. */
  get code(): string | undefined {
    const code: unknown = (this.error as { code?: unknown } | null | undefined)?.code;
    return typeof code === "string" ? code : undefined;
  }

  /** The status of the response that refused a client: the server's, or the proxy's if {@link code} is `"proxy-refused"`. */
  get status(): number | undefined {
    return answerOf(this.error)?.status;
  }

  /** The header fields of that response by lower-case name; repeated ones are joined by `", "`. */
  get headers(): Record<string, string> | undefined {
    const answer = answerOf(this.error);
    return answer && headerRecord(answer.headers);
  }

  /** The first 64 KiB of that response's body, or the part that came in time. */
  get body(): Buffer | undefined {
    return bodyOf(answerOf(this.error));
  }

  /**
   * The position of a violation in the peer's stream, in bytes from the end of the opening; `undefined` for one that is not in the stream.
   * @see ProtocolViolation.offset
   */
  get offset(): number | undefined {
    const offset: unknown = (this.error as { offset?: unknown } | null | undefined)?.offset;
    return typeof offset === "number" ? offset : undefined;
  }

  /** The cause of {@link error}, such as zlib's error or a plug-in's. */
  get cause(): unknown {
    return (this.error as { cause?: unknown } | null | undefined)?.cause;
  }
}

/** An error's fields for JSON, which leaves messages of errors out. */
const plain = ({ code, message }: { readonly code: string; readonly message: string }): object => ({
  code,
  message,
});

/** Sets the target of an event; if an application's event has these fields as getters, they stay as they are. */
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

/** Returns the handler `on<type>` of `target`. Every message calls this, so it does not build the name `onmessage`. */
export function handlerOf(target: object, type: string): unknown {
  return type === "message"
    ? (target as { onmessage?: unknown }).onmessage
    : Reflect.get(target, `on${type}`);
}
