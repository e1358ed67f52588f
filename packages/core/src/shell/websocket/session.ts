import { Buffer } from "node:buffer";
import type { EventEmitter } from "node:events";
import type { ClientConnection, ServerConnection } from "../../connection/contract.ts";
import { joinParts } from "../../connection/receive/message-parts.ts";
import type { Latency } from "../../connection/round-trips.ts";
import type { Opening, OpeningResponse } from "../../opening.ts";
import { ProtocolViolation, type ViolationCode } from "../../violation.ts";
import { CloseEvent, ErrorEvent, Event } from "../events/event.ts";
import { wordsOf } from "../events/violation-words.ts";
import { closeCauseOf, initiatorOf } from "./close-info.ts";
import { closeWith, flush } from "./send.ts";
import { allLost, sent } from "./sending/sent-callbacks.ts";
import {
  ASCII_TEXT,
  BINARY,
  type BinaryType,
  MessageEvent,
  type MessageKind,
  TEXT,
} from "../events/message-event.ts";
import {
  describeConnectError,
  describeNetworkError,
  withoutUser,
} from "../transport/network-error.ts";
import { PeerLeft } from "../transport/http2.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { RequestHead } from "../server/request-head.ts";
import type { PongCallbacks } from "./pong-callbacks.ts";
import type { SendQueue } from "./send-queue.ts";
import { keepClose, keepError, keepMessage, type Untaken } from "./receiving/untaken.ts";
import type { SocketDesk, SocketSpeech } from "../topics/needed.ts";

/** Where a `WebSocket` keeps its {@link Session}: out of the way of an application's subclass. */
export const SESSION: unique symbol = Symbol("session");

/** The event of a session for each fragment of a message: `kind, bytes, start, end, last`. */
export const FRAGMENT: unique symbol = Symbol("fragment");

/** The part of a `WebSocket` that a session uses: where its events go. */
export interface SessionTarget extends Pick<
  EventEmitter,
  "emit" | "listenerCount" | "on" | "prependListener" | "rawListeners" | "removeListener"
> {
  dispatchEvent(event: { readonly type: string }): unknown;
}

/** The part of a driver that a session uses. */
export interface SessionDriver {
  readonly connection: ServerConnection | ClientConnection;
  readonly bufferedBytes: number;
  readonly backedUp: boolean;
  readonly transport?: {
    readonly waitsFor?: string | undefined;
    readonly remoteAddress?: string | undefined;
  };
  cork(): void;
  holdInput(): void;
  releaseInput(): void;
}

/** Counts a connection's part of a budget: its waiting output, the bytes and messages that it reads, and the end of its transport. */
export interface ConnectionAccount {
  report(bytes: number): void;
  received(bytes: number): void;
  message(): void;
  release(): void;
}

/** The parts of a `url`, which share strings that exist anyway. If `target` is the whole URL, the others are empty. */
export interface SocketUrl {
  readonly scheme: "ws://" | "wss://" | "";
  readonly host: string;
  readonly target: string;
}

/** Violations that the closing step may report when the state is closing already: timeouts and refusals. */
const REPORTED_LATER: ReadonlySet<ViolationCode> = new Set([
  "handshake-timeout",
  "opening-refused",
  "redirect-refused",
]);

/** The Web's number of a state. A chain, not a table: each message calls this, and comparing a few interned strings is cheap. */
function readyStateOf(state: "connecting" | "open" | "closing" | "closed"): 0 | 1 | 2 | 3 {
  if (state === "open") return 1;
  if (state === "connecting") return 0;
  return state === "closing" ? 2 : 3;
}

/**
 * The inside of a `WebSocket`: turns the driver's calls into events. It is apart from `WebSocket`, so that
 * a subclass of an application may name its methods `onOpen` or `send`.
 *
 * The connection has the state. A session keeps the application's part: messages sent too early, callbacks that wait.
 */
export class Session {
  readonly webSocket: SessionTarget;
  readonly runtime: Runtime;
  /** `undefined` for a socket that was dead when it was given. */
  driver: SessionDriver | undefined = undefined;
  private place: SocketUrl;
  version: string;
  protocol = "";
  extensions = "";
  binaryType: BinaryType = "nodebuffer";
  /** The stream has ended: `end` has been emitted. */
  ended = false;
  /** The session has emitted its one error. */
  private failed = false;
  readonly queueLimit: number;

  // On the prototype, since few sockets have each: as fields of their own, an idle socket would hold 100 bytes more (`npm run bench -- --only idle`).

  /** The transport's error, where it had one. */
  declare lostBy: unknown;
  /** Client: the server's answer. */
  declare response: OpeningResponse | undefined;
  /** The subprotocols that a client has offered: `chat, soap`. */
  declare offered: string;
  /** Messages sent too early; `send.ts` keeps them. */
  declare queue: SendQueue | undefined;
  /** `close()` was called while a Blob was being read: it goes last. */
  declare closeAfterQueue: [code: number, reason: string] | undefined;
  declare pongCallbacks: PongCallbacks | undefined;
  /** The application's `context`, from `upgrade`. */
  declare context: unknown;
  /** Server, except for the compatible constructor: the head of the request that opened the socket. */
  declare request: RequestHead | undefined;
  /** False for the compatible constructors. Otherwise messages wait until the application takes them, and `send` refuses data without a text. */
  declare isModern: boolean;
  /** Messages wait, since the application has taken none yet. */
  declare awaitsTaker: boolean;
  declare untaken: Untaken | undefined;
  /** Server: speaks the subprotocol of topics, if that was chosen. */
  declare speech: SocketSpeech | undefined;
  /** Where it subscribes: its server's topics, or those of the options of `upgrade`. */
  declare desk: SocketDesk | undefined;
  /** The number of messages that were not sent. */
  declare dropped: number;

  constructor(
    socket: SessionTarget,
    runtime: Runtime,
    place: SocketUrl,
    version: string,
    queueLimit: number,
  ) {
    this.webSocket = socket;
    this.runtime = runtime;
    this.place = place;
    this.version = version;
    this.queueLimit = queueLimit;
  }

  get readyState(): 0 | 1 | 2 | 3 {
    if (this.driver === undefined) return 3;
    const state = readyStateOf(this.driver.connection.state);
    return state === 1 && this.closeAfterQueue !== undefined ? 2 : state;
  }

  /** Whether the peer speaks draft 75 or 76 of the protocol, which have neither binary messages nor pings. */
  get speaksTextOnly(): boolean {
    return this.version === "hixie-75" || this.version === "hixie-76";
  }

  get url(): string {
    const { scheme, host, target } = this.place;
    return scheme + host + target;
  }

  /** A client was redirected. */
  moved(url: string): void {
    this.place = { ...this.place, target: url };
  }

  get bufferedAmount(): number {
    const { driver } = this;
    const queued = this.queue?.size ?? 0;
    // Before the socket is open, the bytes that wait are the handshake's.
    return driver === undefined || driver.connection.state === "connecting"
      ? queued
      : driver.bufferedBytes + queued;
  }

  /** Closes as a server does: with codes an application may not send too, such as 1001. */
  close(code: number, reason: string): void {
    closeWith(this, code, reason);
  }

  /** Emits, and catches errors of listeners, so that they lose no other message. */
  emit(type: string | symbol, ...args: unknown[]): void {
    try {
      this.webSocket.emit(type, ...args);
    } catch (error) {
      this.runtime.reportError(error);
    }
  }

  /** Emits an event object, and catches errors likewise. Each message passes here: no argument list, which Bun would make anew each time. */
  emitEvent(event: { readonly type: string }): void {
    try {
      this.webSocket.emit(event.type, event);
    } catch (error) {
      this.runtime.reportError(error);
    }
  }

  /** Calls a handler of the `WebSocket`, and catches errors likewise. */
  attempt(handler: Function, event: unknown): void {
    try {
      handler.call(this.webSocket, event);
    } catch (error) {
      this.runtime.reportError(error);
    }
  }

  /** Emits an error, if it is the first, and if the socket is not closing, or closing for this reason. */
  fail(message: string, error: unknown, isReason = false): void {
    if (this.failed || (this.readyState > 1 && !isReason)) return;
    this.failed = true;
    const event = new ErrorEvent(message, error);
    keepError(this, event);
    this.webSocket.dispatchEvent(event);
  }

  // DriverListener: the events of the connection.

  onState(): void {}

  /** The maker of the socket answers the request. */
  onRequest(): void {}

  onOpen(opening: Opening): void {
    this.version = opening.version;
    this.protocol = opening.protocol;
    this.extensions = opening.extensions;
    if (opening.response !== undefined) this.response = opening.response;
    const speech = this.desk?.speechFor(this);
    if (speech !== undefined) this.speech = speech;
    flush(this);
    this.webSocket.dispatchEvent(new Event("open"));
  }

  onText(bytes: Uint8Array, start: number, end: number, ascii: boolean): void {
    this.deliver(ascii ? ASCII_TEXT : TEXT, bytes, start, end, undefined);
  }

  onBinary(bytes: Uint8Array, start: number, end: number): void {
    this.deliver(BINARY, bytes, start, end, undefined);
  }

  onTextParts(parts: readonly Uint8Array[], size: number, ascii: boolean): void {
    this.deliver(ascii ? ASCII_TEXT : TEXT, undefined, 0, size, parts);
  }

  onBinaryParts(parts: readonly Uint8Array[], size: number): void {
    this.deliver(BINARY, undefined, 0, size, parts);
  }

  private deliver(
    kind: MessageKind,
    bytes: Uint8Array | undefined,
    start: number,
    end: number,
    parts: readonly Uint8Array[] | undefined,
  ): void {
    if (this.readyState > 1) return;
    if (this.speech !== undefined) {
      if (parts !== undefined) bytes = joinParts(this.runtime.platform, parts, end);
      const payload = this.speech.receive(bytes!, start, end);
      if (payload === undefined) return;
      start = payload;
      parts = undefined;
    }
    const event = new MessageEvent(
      kind,
      bytes,
      start,
      end,
      parts,
      this.runtime.platform,
      this.binaryType,
    );
    if (this.awaitsTaker && keepMessage(this, event)) return;
    this.dispatchMessage(event);
  }

  /** Gives a message to all listeners. */
  dispatchMessage(event: MessageEvent): void {
    const { webSocket: socket } = this;
    // Only for a listener: emitting it decodes it.
    if (socket.listenerCount("data") > 0) this.emit("data", event.data);
    socket.dispatchEvent(event);
  }

  /** The connection delivers fragments only if there is a listener for {@link FRAGMENT}. */
  onFragment(
    kind: "text" | "binary",
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void {
    if (this.readyState <= 1) this.emit(FRAGMENT, kind, bytes, start, end, last);
  }

  onPing(bytes: Uint8Array, start: number, end: number): void {
    if (this.webSocket.listenerCount("ping") > 0)
      this.emit("ping", Buffer.from(bytes.subarray(start, end)));
  }

  onPong(bytes: Uint8Array, start: number, end: number): void {
    try {
      this.pongCallbacks?.take(bytes, start, end)?.();
    } catch (error) {
      this.runtime.reportError(error);
    }
    if (this.webSocket.listenerCount("pong") > 0)
      this.emit("pong", Buffer.from(bytes.subarray(start, end)));
  }

  onLatency(latency: Latency): void {
    if (this.webSocket.listenerCount("latency") > 0) this.emit("latency", latency);
  }

  onDrain(): void {
    this.emit("drain");
  }

  onViolation(violation: ProtocolViolation): void {
    this.response ??= violation.response;
    const { url, isModern, extensions, driver } = this;
    const reporter = { url, isModern, extensions, waitsFor: driver?.transport?.waitsFor };
    this.fail(wordsOf(violation, reporter), violation, REPORTED_LATER.has(violation.code));
  }

  onTransportError(cause: unknown): void {
    this.lostBy = cause;
    if (cause instanceof PeerLeft || this.failed || this.readyState > 1) return;
    if (cause instanceof ProtocolViolation)
      return this.fail(
        `Can't establish a connection to the server at ${withoutUser(this.url)}: ${wordsOf(cause, { ...this, url: this.url, waitsFor: undefined })}`,
        cause,
      ); // a proxy's
    this.fail(
      `Network error: ${withoutUser(this.url)}: ${this.readyState === 0 ? describeConnectError(cause) : describeNetworkError(cause)}`,
      cause,
    );
  }

  onSent(notice: unknown, error?: Error | null): void {
    sent(this, notice, error);
  }

  onTransportGone(): void {
    allLost(this);
  }

  onClose(code: number, reason: string, clean: boolean): void {
    const { queue } = this;
    if (queue !== undefined) {
      this.queue = this.closeAfterQueue = undefined;
      queue.abandon();
    }
    if (this.pongCallbacks !== undefined) this.pongCallbacks = undefined;
    this.emit("end");
    this.ended = true;
    const event = new CloseEvent(code, reason, clean, initiatorOf(this), closeCauseOf(this));
    this.webSocket.dispatchEvent(event);
    keepClose(this, event);
  }
}
Object.assign(Session.prototype, {
  lostBy: undefined,
  response: undefined,
  offered: "",
  queue: undefined,
  closeAfterQueue: undefined,
  pongCallbacks: undefined,
  context: undefined,
  request: undefined,
  isModern: false,
  awaitsTaker: false,
  untaken: undefined,
  speech: undefined,
  desk: undefined,
  dropped: 0,
});
