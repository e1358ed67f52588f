import { suggestion } from "../../names.ts";
import { UsageError } from "../../violation.ts";
import type { Decision } from "./decision.ts";
import type { RequestHead } from "./request-head.ts";
import { SESSION } from "../websocket/websocket.ts";

/** A socket that carries a context. */
export interface WithContext<Context> {
  /** The `context` that `upgrade` returned. */
  readonly context: Context;
}

type Listener = (this: unknown, event: unknown) => void;

/** The part of a `WebSocket` that a server uses. */
export interface ServedSocket {
  readonly readyState: number;
  terminate(): unknown;
  /** `WebSocket.close()` takes only the codes that applications may use. */
  readonly [SESSION]: {
    readonly driver:
      | { cork(): void; readonly connection: { close(code: number, reason: string): void } }
      | undefined;
  };
  /** Calls `listener` with the socket as `this`, as Node's emitters do. */
  on(type: string, listener: Listener): unknown;
}

/** An application's handlers for the sockets of a server. All are optional; the server calls none after `close`. */
export interface WebSocketHandlers<S, Data = string | Uint8Array, Context = unknown> {
  /**
   * Decides about an opening request. Return nothing to accept, or an `Acceptance` with subprotocols, header fields and the `context` that the other
   * handlers find on the socket; a `Refusal` (anything with a `status`, a fetch `Response` too) to answer in HTTP, or `false` for 403. A promise delays
   * the answer. If it throws, or returns anything else, the server answers 500. Write it before the other handlers, so that
   * TypeScript can infer the context.
   */
  upgrade?(request: RequestHead): Decision<Context> | PromiseLike<Decision<Context>>;
  open?(socket: S): unknown;
  message?(socket: S, data: Data): unknown;
  /** Called exactly once, and last, for every socket that `open` got. */
  close?(socket: S, code: number, reason: string): unknown;
  /** Waiting output has left, after `send()` had returned false. */
  drain?(socket: S): unknown;
  /** The peer broke the protocol, or the connection did; `close` follows. */
  error?(socket: S, error: Error): unknown;
  /** Decides whether a socket may subscribe to a topic or pattern: `false` refuses, and an exception goes to the caller of `subscribe`. */
  subscribe?(socket: S, topic: string): unknown;
}

const HANDLERS = ["upgrade", "open", "message", "drain", "close", "error", "subscribe"] as const;

/** Checks handlers. @throws {UsageError} for values that would never be called: no object, no function, the browser's names. */
function checkHandlers(handlers: unknown): void {
  if (typeof handlers !== "object" || handlers === null)
    throw new UsageError(
      `websocket: expected an object with handlers, such as open and message, got ${String(handlers)}`,
    );
  for (const name in handlers) {
    // An object may have other properties beside its handlers; a function of another name would never be called.
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

/** Names of other libraries' handlers, with their names in this library. */
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
 * Keeps the sockets of one server, opening and open ones apart, and calls the application's handlers.
 * Iterating gives the open sockets.
 *
 * Listeners are made once a server, not once a socket: they find their socket in `this`.
 * Invariant: a socket is in exactly one of the two sets until its `close`, and then in none.
 */
export class Clients<S extends ServedSocket, Data = string | Uint8Array> implements Iterable<S> {
  private readonly opening = new Set<PendingSocket>();
  private readonly opened = new Set<S>();
  private waiting: (() => void)[] = [];
  private readonly listeners: Listeners;
  /** After {@link closeAll}, the server drops new connections. */
  private leaving = false;

  /** @throws {UsageError} for a value that is no object of handlers. */
  constructor(handlers: WebSocketHandlers<S, Data>) {
    checkHandlers(handlers);
    this.listeners = this.listenersFor(handlers);
  }

  /** The number of open sockets. */
  get size(): number {
    return this.opened.size;
  }

  [Symbol.iterator](): IterableIterator<S> {
    return this.opened.values();
  }

  /** Whether `socket` is an open socket of this server. */
  has(socket: S): boolean {
    return this.opened.has(socket);
  }

  forEach(callback: (socket: S) => void): void {
    for (const socket of this.opened) callback(socket);
  }

  /** Adds a connection until it is a socket, so that a stop reaches it: call {@link forget} afterwards. */
  expect(arrival: PendingSocket): void {
    if (this.leaving) return void arrival.terminate();
    this.opening.add(arrival);
  }

  forget(arrival: PendingSocket): void {
    this.opening.delete(arrival);
    this.tellEmpty();
  }

  /** Serves `socket`, which has not opened yet. It ignores a closed one. */
  add(socket: S): void {
    if (socket.readyState === 3) return;
    if (this.leaving) return void socket.terminate();
    this.opening.add(socket);
    for (const [type, listener] of this.listeners) socket.on(type, listener);
  }

  /** Drops opening connections, and new ones from now on. @returns the open sockets */
  leave(): S[] {
    this.leaving = true;
    for (const socket of [...this.opening]) socket.terminate();
    return [...this.opened];
  }

  /** Starts the closing handshake with one socket, if it is still open. */
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
    // Only if the application has the handler: a listener costs something with ten thousand sockets or a million messages.
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
