import { suggestion } from "../../names.ts";
import { UsageError } from "../../violation.ts";
import type { Decision } from "./decision.ts";
import type { RequestHead } from "./request-head.ts";
import { SESSION } from "../websocket/websocket.ts";

/** A socket that carries a context. */
export interface WithContext<Context> {
  /** What `upgrade` gave as `context`. */
  readonly context: Context;
}

type Listener = (this: unknown, event: unknown) => void;

/** What a server needs of the sockets it serves: the part of `WebSocket` it uses. */
export interface ServedSocket {
  readonly readyState: number;
  terminate(): unknown;
  /** `WebSocket.close()` takes only the codes that are an application's to use. */
  readonly [SESSION]: {
    readonly driver:
      | { cork(): void; readonly connection: { close(code: number, reason: string): void } }
      | undefined;
  };
  /** Calls `listener` with the socket as `this`, as Node's emitters do. */
  on(type: string, listener: Listener): unknown;
}

/** What an application does with the sockets of a server. All of it is optional; nothing is called after `close`. */
export interface WebSocketHandlers<S, Data = string | Uint8Array, Context = unknown> {
  /**
   * A client asks to open. Return nothing to accept, or an `Acceptance` with subprotocols, header fields and the `context` that the other handlers
   * find on the socket; a `Refusal` (anything with a `status`, a fetch `Response` too) to answer in HTTP, or `false` for 403. A promise delays
   * the answer. What it throws, and anything else that it returns, is answered with 500. It stands before the other handlers where
   * TypeScript is to infer the context.
   */
  upgrade?(request: RequestHead): Decision<Context> | PromiseLike<Decision<Context>>;
  open?(socket: S): unknown;
  message?(socket: S, data: Data): unknown;
  /** Exactly once for every socket that was given to `open`, and last. */
  close?(socket: S, code: number, reason: string): unknown;
  /** What was sent has left; `send()` had returned false. */
  drain?(socket: S): unknown;
  /** The peer broke the protocol, or the connection did; `close` follows. */
  error?(socket: S, error: Error): unknown;
  /** Whether a socket may subscribe to a topic or pattern, asked each time: `false` refuses, and what it throws goes to whoever subscribes. */
  subscribe?(socket: S, topic: string): unknown;
}

const HANDLERS = ["upgrade", "open", "message", "drain", "close", "error", "subscribe"] as const;

/** @throws {UsageError} for what would never be called: no object, no function, the browser's names. */
function checkHandlers(handlers: unknown): void {
  if (typeof handlers !== "object" || handlers === null)
    throw new UsageError(
      `websocket: expected an object with handlers, such as open and message, got ${String(handlers)}`,
    );
  for (const name in handlers) {
    // An object may keep what it likes beside its handlers; a function of another name would never be called.
    if ((HANDLERS as readonly string[]).includes(name)) continue;
    if (typeof (handlers as Record<string, unknown>)[name] !== "function") continue;
    throw new UsageError(
      `websocket: there is no handler ${JSON.stringify(name)}${handlerHint(name)}`,
    );
  }
  for (const name of HANDLERS) {
    const handler = (handlers as Record<string, unknown>)[name];
    if (handler !== undefined && typeof handler !== "function")
      throw new UsageError(`websocket.${name}: expected a function, got ${typeof handler}`);
  }
}

/** Names of other libraries' handlers, and what they are called here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  connection: "open",
  connect: "open",
  data: "message",
  disconnect: "close",
  end: "close",
  headers: "upgrade",
  request: "upgrade",
};

const handlerHint = (name: string): string =>
  Object.hasOwn(ELSEWHERE, name)
    ? `; is ${ELSEWHERE[name]} meant?`
    : suggestion(name.replace(/^on(?=.)/, ""), HANDLERS);

interface CloseDetails {
  readonly code: number;
  readonly reason: string;
}

interface ErrorDetails {
  readonly message: string;
  readonly error: unknown;
}

/** A connection that is no socket yet. */
export interface PendingSocket {
  terminate(): unknown;
}

type Listeners = readonly (readonly [type: string, listener: Listener])[];

/**
 * The sockets of one server: told apart into those still opening and those open, and led to the application's handlers.
 * Iterating gives the open ones.
 *
 * Listeners are made once a server, not once a socket: they find their socket in `this`.
 * Invariant: a socket is in exactly one of the two sets until its `close`, and then in none.
 */
export class Clients<S extends ServedSocket, Data = string | Uint8Array> implements Iterable<S> {
  private readonly opening = new Set<PendingSocket>();
  private readonly opened = new Set<S>();
  private waiting: (() => void)[] = [];
  private readonly listeners: Listeners;
  /** After {@link closeAll}, whoever still comes is turned away. */
  private leaving = false;

  /** @throws {UsageError} for what has no handlers. */
  constructor(handlers: WebSocketHandlers<S, Data>) {
    checkHandlers(handlers);
    this.listeners = this.listenersFor(handlers);
  }

  /** How many sockets are open. */
  get size(): number {
    return this.opened.size;
  }

  [Symbol.iterator](): IterableIterator<S> {
    return this.opened.values();
  }

  /** Whether `socket` is one of them: of this server, and open. */
  has(socket: S): boolean {
    return this.opened.has(socket);
  }

  forEach(callback: (socket: S) => void): void {
    for (const socket of this.opened) callback(socket);
  }

  /** Counts a connection until it is a socket, so that a stop reaches it: to be followed by {@link forget}. */
  expect(arrival: PendingSocket): void {
    if (this.leaving) return void arrival.terminate();
    this.opening.add(arrival);
  }

  forget(arrival: PendingSocket): void {
    this.opening.delete(arrival);
    this.tellEmpty();
  }

  /** Serves `socket`, which has not opened yet. One that is closed already is left alone. */
  add(socket: S): void {
    if (socket.readyState === 3) return;
    if (this.leaving) return void socket.terminate();
    this.opening.add(socket);
    for (const [type, listener] of this.listeners) socket.on(type, listener);
  }

  /** Turns away whoever still comes, and drops those that are opening. @returns those that are open */
  leave(): S[] {
    this.leaving = true;
    for (const socket of [...this.opening]) socket.terminate();
    return [...this.opened];
  }

  /** Starts the closing handshake with one, if it is still open. */
  closeOne({ [SESSION]: { driver } }: S, code: number, reason: string): void {
    driver?.cork();
    driver?.connection.close(code, reason);
  }

  /** Starts the closing handshake with every open socket; drops those that are still opening. */
  closeAll(code: number, reason: string): void {
    for (const socket of this.leave()) this.closeOne(socket, code, reason);
  }

  /** Drops every socket at once. */
  terminateAll(): void {
    this.leaving = true;
    for (const socket of [...this.opening, ...this.opened]) socket.terminate();
  }

  /** Resolves when no socket is left, open or opening. */
  async empty(): Promise<void> {
    if (this.opening.size + this.opened.size > 0)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private listenersFor(handlers: WebSocketHandlers<S, Data>): Listeners {
    const clients = this;
    const listeners: [type: string, listener: Listener][] = [
      [
        "open",
        function () {
          clients.receiveOpen(this as S, handlers);
        },
      ],
      [
        "close",
        function (event) {
          clients.receiveClose(this as S, event as CloseDetails, handlers);
        },
      ],
    ];
    // Only where wanted: a listener is not free for ten thousand sockets, nor for a million messages.
    const { message, drain, error } = handlers;
    if (message)
      listeners.push([
        "message",
        function (event) {
          message.call(handlers, this as S, (event as { data: Data }).data);
        },
      ]);
    if (drain)
      listeners.push([
        "drain",
        function () {
          drain.call(handlers, this as S);
        },
      ]);
    if (error)
      listeners.push([
        "error",
        function (event) {
          if (clients.opened.has(this as S))
            error.call(handlers, this as S, toError(event as ErrorDetails));
        },
      ]);
    return listeners;
  }

  private receiveOpen(socket: S, handlers: WebSocketHandlers<S, Data>): void {
    if (!this.opening.delete(socket)) return;
    this.opened.add(socket);
    handlers.open?.(socket);
  }

  private receiveClose(
    socket: S,
    { code, reason }: CloseDetails,
    handlers: WebSocketHandlers<S, Data>,
  ): void {
    const wasOpen = this.opened.delete(socket);
    this.opening.delete(socket);
    try {
      if (wasOpen) handlers.close?.(socket, code, reason);
    } finally {
      this.tellEmpty();
    }
  }

  private tellEmpty(): void {
    if (this.opening.size + this.opened.size === 0)
      for (const resolve of this.waiting.splice(0)) resolve();
  }
}

function toError({ message, error }: ErrorDetails): Error {
  return error instanceof Error ? error : new Error(message, { cause: error });
}
