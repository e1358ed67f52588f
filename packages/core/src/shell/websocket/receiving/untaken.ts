import type { EventEmitter } from "node:events";
import { Queue } from "../../../connection/buffer/queue.ts";
import type { CloseEvent, ErrorEvent } from "../../events/event.ts";
import { handlerOf } from "../../events/event.ts";
import type { MessageEvent } from "../../events/message-event.ts";
import { holdReading, isHeldBy, type Readable, releaseReading } from "../hold-reading.ts";
import type { Runtime } from "../../runtime/runtime.ts";

/** The most bytes of messages that wait for the first listener; beyond it the socket stops reading until there is one. */
const MOST_BYTES = 64 * 1024;
/** Bytes that each message counts beside its own: empty ones take memory too. */
const MESSAGE_COST = 64;

/** The part of a session that {@link Untaken} uses. */
export interface KeepingSession extends Readable {
  readonly webSocket: Pick<EventEmitter, "listenerCount" | "rawListeners"> & {
    dispatchEvent(event: { readonly type: string }): unknown;
  };
  readonly runtime: Pick<Runtime, "queueMicrotask">;
  readonly readyState: 0 | 1 | 2 | 3;
  /** The session keeps messages, an error and the end until the application takes them. */
  isModern: boolean;
  /** Messages wait, since the application has taken none yet. */
  awaitsTaker: boolean;
  untaken: Untaken | undefined;
  /** Gives a message to all listeners. */
  dispatchMessage(event: MessageEvent): void;
  /** Calls a handler, and catches its error. */
  attempt(handler: Function, event: unknown): void;
}

type Listener = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Keeps the events of a socket without a listener: messages until one takes them, an error until one gets it, and the end, which
 * later listeners get too. Made when the first of them comes.
 */
export class Untaken {
  readonly messages: Queue<MessageEvent> = new Queue<MessageEvent>();
  bytes = 0;
  /** The application wants no messages: it has called `resume()` and does not listen. */
  unwanted = false;
  error: ErrorEvent | undefined = undefined;
  close: CloseEvent | undefined = undefined;
  /** Listeners for the end that were added after it. */
  late: [type: "end" | "close", listener: Listener][] = [];
  private holding = false;
  private due = false;
  private readonly session: KeepingSession;

  constructor(session: KeepingSession) {
    this.session = session;
  }

  add(event: MessageEvent): void {
    this.messages.push(event);
    this.bytes += event.size + MESSAGE_COST;
    if (this.holding || this.bytes < MOST_BYTES) return;
    this.holding = true;
    holdReading(this.session, this);
  }

  /** Delivers once the running code has returned, since it may add more listeners. */
  deliverSoon(): void {
    if (this.due) return;
    this.due = true;
    this.session.runtime.queueMicrotask(() => {
      this.due = false;
      this.deliver();
    });
  }

  deliver(): void {
    this.deliverMessages();
    const { session, error, late, close } = this;
    if (error !== undefined && listens(session, "error")) {
      this.error = undefined;
      session.webSocket.dispatchEvent(error);
    }
    this.late = [];
    for (const [type, listener] of late) {
      const { webSocket } = session;
      const stays =
        handlerOf(webSocket, type) === listener || webSocket.rawListeners(type).includes(listener);
      if (stays) session.attempt(listener, type === "end" ? undefined : close);
    }
    if (!session.awaitsTaker && this.error === undefined && close === undefined)
      session.untaken = undefined;
  }

  private deliverMessages(): void {
    const { session, messages } = this;
    const { webSocket } = session;
    if (!session.awaitsTaker) return;
    // If the application has paused, `resume()` comes back here. Once closed there is nothing to pause.
    while (messages.length > 0 && listensForMessages(session)) {
      if (session.readyState < 2 && isHeldBy(session, webSocket)) return;
      const event = messages.shift()!;
      this.bytes -= event.size + MESSAGE_COST;
      session.dispatchMessage(event);
    }
    if (messages.length > 0 && !this.unwanted) return;
    messages.clear();
    session.awaitsTaker = false;
    if (!this.holding) return;
    this.holding = false;
    releaseReading(session, this);
  }
}

const listens = ({ webSocket }: KeepingSession, type: string): boolean =>
  webSocket.listenerCount(type) > 0 || typeof handlerOf(webSocket, type) === "function";

const listensForMessages = (session: KeepingSession): boolean =>
  listens(session, "message") || session.webSocket.listenerCount("data") > 0;

const untakenOf = (session: KeepingSession): Untaken => (session.untaken ??= new Untaken(session));

/** Makes `session` keep messages, an error and the end until the application takes them. Not for the compatible constructors. */
export function keepUntaken(session: KeepingSession): void {
  session.isModern = session.awaitsTaker = true;
}

/** Keeps a message if there is no listener yet. Returns false if there is one. */
export function keepMessage(session: KeepingSession, event: MessageEvent): boolean {
  const { untaken } = session;
  const isFirst = untaken === undefined || untaken.messages.length === 0;
  if (isFirst && listensForMessages(session)) return (session.awaitsTaker = false);
  untakenOf(session).add(event);
  return true;
}

/** Keeps an error if there is no listener for it. */
export function keepError(session: KeepingSession, event: ErrorEvent): void {
  if (session.isModern && !listens(session, "error")) untakenOf(session).error = event;
}

/** Keeps the end for later listeners. */
export function keepClose(session: KeepingSession, event: CloseEvent): void {
  if (session.isModern) untakenOf(session).close = event;
}

/** Delivers kept events to a new listener or handler. */
export function listenerAdded(
  session: KeepingSession | undefined,
  type: string | symbol,
  listener: Listener,
): void {
  if (session?.isModern !== true) return;
  const { untaken } = session;
  if (type === "message" || type === "data") {
    if (untaken !== undefined) untaken.deliverSoon();
    else session.awaitsTaker = false;
  } else if (untaken === undefined) return;
  else if (type === "error") untaken.deliverSoon();
  else if ((type === "close" || type === "end") && untaken.close !== undefined) {
    untaken.late.push([type, listener]);
    untaken.deliverSoon();
  }
}

/** The application has called `resume()`: if it does not listen by the time its code has returned, it wants no messages. */
export function resumed(session: KeepingSession): void {
  if (!session.awaitsTaker) return;
  const untaken = untakenOf(session);
  untaken.unwanted = true;
  untaken.deliverSoon();
}
