import type { EventEmitter } from "node:events";
import { Stream } from "node:stream";
import type { ChunkSource } from "../runtime/chunks.ts";
import type { CloseInfo } from "./close-info.ts";
import { headerRecord } from "../events/refusing-response.ts";
import { makeAssignable } from "../events/assignable.ts";
import {
  setTarget,
  type CloseEvent,
  type ErrorEvent,
  type Event,
  handlerOf,
} from "../events/event.ts";
import {
  addListener,
  type EventListener,
  type ListenerOptions,
  removeListener,
} from "../events/listeners.ts";
import { showAs } from "../events/inspect.ts";
import { closedOf, openedOf } from "./promises.ts";
import type { BinaryType, MessageData, MessageEvent } from "../events/message-event.ts";
import type { MessageStream } from "./streaming/message-stream.ts";
import { messagesOf } from "./streaming/messages.ts";
import type { Latency } from "../../connection/round-trips.ts";
import { close, jsonOf, send, sendControl, type SendingOptions } from "./send.ts";
import type { SendCallback } from "./sending/sent-callbacks.ts";
import { holdReading, releaseReading } from "./hold-reading.ts";
import type { RequestHead } from "../server/request-head.ts";
import { sendStream, type SendStreamOptions } from "./streaming/send-stream.ts";
import { neededTopics } from "../topics/needed.ts";
import { processDefaults } from "./options.ts";
import { noticeListeners } from "./receiving/listening.ts";
import { resumed } from "./receiving/untaken.ts";
import { SESSION, type Session } from "./session.ts";
import { streamsOf, type WebSocketStreams } from "./streaming/web-streams.ts";
import type { EmittedByType, EventsByType } from "./event-map.ts";

export { SESSION };

const BINARY_TYPES: readonly unknown[] = ["nodebuffer", "arraybuffer", "uint8array", "blob"];

/** A listener, as `EventEmitter` types it. */
type AnyListener = Parameters<EventEmitter["on"]>[1];

export interface WebSocket {
  on<K extends keyof EmittedByType>(
    type: K,
    listener: (this: this, ...args: EmittedByType[K]) => void,
  ): this;
  on(type: string | symbol, listener: AnyListener): this;
  once<K extends keyof EmittedByType>(
    type: K,
    listener: (this: this, ...args: EmittedByType[K]) => void,
  ): this;
  once(type: string | symbol, listener: AnyListener): this;
  off<K extends keyof EmittedByType>(
    type: K,
    listener: (this: this, ...args: EmittedByType[K]) => void,
  ): this;
  off(type: string | symbol, listener: AnyListener): this;
}

/**
 * The WebSocket that an application holds, the same class for servers and clients. It has the API of the browser's `WebSocket` (properties,
 * `on…` handlers, `addEventListener`), of an `EventEmitter` (`on`, `once`, `off`), and of a legacy stream (`pipe`, `write`,
 * `end`, `pause`, `resume`; `data`, `drain`, `end`), each as in faye-websocket. Adapters make it by `acceptedSocket` and `clientSocket`.
 */
export class WebSocket extends Stream {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  /**
   * How long the closing handshake may take, in milliseconds, for sockets made from now on without the option
   * `closeTimeout`. One number a process, for all subclasses.
   * @defaultValue 30000
   */
  static get CLOSE_TIMEOUT(): number {
    return processDefaults.closeTimeout;
  }
  static set CLOSE_TIMEOUT(milliseconds: number) {
    processDefaults.closeTimeout = milliseconds;
  }

  // On the prototype, so that a socket carries what it uses and a subclass may define them as methods.
  declare onopen: ((event: Event) => void) | null;
  declare onmessage: ((event: MessageEvent) => void) | null;
  declare onerror: ((event: ErrorEvent) => void) | null;
  declare onclose: ((event: CloseEvent) => void) | null;

  /** @internal */
  declare [SESSION]: Session;

  /** The URL of the request. A server makes it of the `Host` field and the request target. */
  get url(): string {
    return this[SESSION].url;
  }

  /** `hybi-13` for RFC 6455; `hybi-8`, `hybi-7`, `hixie-76` and `hixie-75` for the drafts before it. */
  get version(): string {
    return this[SESSION].version;
  }

  /** The subprotocol agreed on, `""` before the opening and where there is none. */
  get protocol(): string {
    return this[SESSION].protocol;
  }

  /** The extensions agreed on, `""` before the opening and where there are none. */
  get extensions(): string {
    return this[SESSION].extensions;
  }

  /** Server: the `context` that `upgrade` returned; `undefined` for the compatible constructor. */
  get context(): unknown {
    return this[SESSION].context;
  }

  /** Server: the head of the request that opened the socket; `undefined` for a client, and for the compatible constructor, whose caller has the request. */
  get request(): RequestHead | undefined {
    return this[SESSION].request;
  }

  /** The peer's IP address, or that of a proxy between; `undefined` over a Unix socket, and if it is first read after the connection has ended. */
  get remoteAddress(): string | undefined {
    const { request, driver } = this[SESSION];
    return request?.remoteAddress ?? driver?.transport?.remoteAddress;
  }

  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  get readyState(): 0 | 1 | 2 | 3 {
    return this[SESSION].readyState;
  }

  /** Bytes passed to {@link send} that have not left the process, framing included as far as they are framed. */
  get bufferedAmount(): number {
    return this[SESSION].bufferedAmount;
  }

  /** How many messages {@link send} took and did not send: the socket was closing, too much output waited, or the connection ended first. */
  get dropped(): number {
    return this[SESSION].dropped;
  }

  /**
   * The time from when a ping leaves to its pong, in milliseconds: `last`, and `smoothed` over the last few. Every pong that answers
   * a ping of `pingInterval` or {@link ping} updates it and emits `latency`; `undefined` before the first.
   */
  get latency(): Latency | undefined {
    return this[SESSION].driver?.connection.latency;
  }

  /** True until the `end` event has been emitted. */
  get readable(): boolean {
    return !this[SESSION].ended;
  }

  /** The same as {@link readable}. */
  get writable(): boolean {
    return !this[SESSION].ended;
  }

  /**
   * The type of binary messages, from the next on: `"nodebuffer"` (`Buffer`), `"uint8array"`, or `"arraybuffer"` and `"blob"`, which
   * are always copies. Other data over 4 KiB is a view of memory that neighbouring messages may share. The setter ignores other values, as in browsers.
   * @defaultValue `"nodebuffer"`
   */
  get binaryType(): BinaryType {
    return this[SESSION].binaryType;
  }
  set binaryType(type: BinaryType) {
    if (BINARY_TYPES.includes(type)) this[SESSION].binaryType = type;
  }

  /** Client: the status of the server's answer, once there is one. */
  get statusCode(): number | undefined {
    return this[SESSION].response?.status;
  }

  /** Client: the fields of the server's answer by lower-case name, repeated ones joined by `", "`. A new object each time. */
  get headers(): Record<string, string> | undefined {
    const { response } = this[SESSION];
    return response && headerRecord(response.headers);
  }

  /**
   * Sends a message: bytes of any kind as binary, a received `MessageEvent` as it came, any other value as the text `String(data)`.
   * Before the socket is open, messages wait and then go in order. The socket may keep bytes until they have left: do not change them.
   * @returns false if you should wait for `drain`, or if the message was not sent, which {@link dropped} counts.
   * @param options `compress: false` keeps extensions from compressing this message
   * @param callback called once: without an argument when the message has left the process, or with a `NotSentError`
   * @throws {TypeError} for `undefined`; for binary data if the peer speaks a draft that has text only; and, except for sockets of the compatible
   * constructors, for a value without a text of its own: objects, promises, streams.
   */
  send(
    data: unknown,
    options?: SendingOptions | SendCallback | null,
    callback?: SendCallback,
  ): boolean {
    return send(this[SESSION], data, options, callback);
  }

  /**
   * Sends `value` as JSON text.
   * @returns the same as {@link send}
   * @throws {TypeError} for a value without JSON: `undefined`, a function, a circular structure.
   */
  sendJSON(value: unknown, options?: SendingOptions | null, callback?: SendCallback): boolean {
    return this.send(jsonOf(value), options, callback);
  }

  /** The same as {@link send}. */
  write(data: unknown): boolean {
    return this.send(data);
  }

  /** Sends `data`, if given, and closes with 1000. */
  end(data?: unknown): void {
    if (data !== undefined) this.send(data);
    this.close();
  }

  /** Stops delivering messages, and reading once little more fits; sending goes on. */
  pause(): void {
    holdReading(this[SESSION], this);
  }

  /** Reads on. If no listener, loop or stream takes messages, the socket drops them from then on. */
  resume(): void {
    releaseReading(this[SESSION], this);
    resumed(this[SESSION]);
  }

  /**
   * Sends a ping, and calls `callback` when a pong with the same payload comes. A second ping with the payload of one that is
   * under way replaces its callback.
   * @returns whether it was sent, or will be: false if the socket is closing, or if the peer speaks a draft without pings.
   * @throws {RangeError} for more than 125 bytes.
   */
  ping(message?: unknown, callback?: () => void): boolean {
    return sendControl(this[SESSION], "ping", message, callback);
  }

  /** Sends an unsolicited pong. The socket answers pings without it. @see {@link ping} */
  pong(message?: unknown): boolean {
    return sendControl(this[SESSION], "pong", message);
  }

  /**
   * Starts the closing handshake after all sent messages; while connecting, gives up at once. Does nothing once closing.
   * @param code 1000, or 3000 to 4999 @defaultValue 1000
   * @throws {DOMException} `InvalidAccessError` for another code. @throws {RangeError} for a reason over 123 bytes of UTF-8.
   */
  close(code?: number, reason?: string): void {
    close(this[SESSION], code, reason);
  }

  /** Drops the connection without a closing handshake and loses waiting output; the `close` event has 1006. */
  terminate(): void {
    this[SESSION].driver?.connection.terminate();
  }

  /**
   * Server: subscribes to a topic or pattern of `server.topics`, or of the option `topics`. The subscription ends with the socket.
   * @returns the same as `topics.subscribe`
   * @throws {UsageError} for a socket without topics: a client's, or one of `upgrade` without the option.
   */
  subscribe(topic: string): boolean {
    return neededTopics(this[SESSION].desk?.topics).subscribe(this, topic);
  }

  /** Ends a subscription. @returns false if there was none */
  unsubscribe(topic: string): boolean {
    return neededTopics(this[SESSION].desk?.topics).unsubscribe(this, topic);
  }

  /** The topics and patterns that the socket is subscribed to, oldest first. */
  get topics(): string[] {
    return this[SESSION].desk?.topics.of(this) ?? [];
  }

  /**
   * Resolves with the socket when it is open, and holds messages until the code that awaits it has run; rejects with a `ConnectError` if
   * the socket closes before. Like {@link closed}, it causes no unhandled rejection.
   */
  get opened(): Promise<this> {
    return openedOf(this, this[SESSION]);
  }

  /** Resolves when the socket is closed, for any reason. It never rejects. */
  get closed(): Promise<CloseInfo> {
    return closedOf(this, this[SESSION]);
  }

  /**
   * Returns messages for `for await`: as data, or with `stream: true` each as a {@link MessageStream}, which the loop reads while it arrives, so that
   * it may be larger than memory; these have no `message` events. From the first loop on, each message waits until a loop takes it, also after `break`,
   * which leaves the socket open; when 16 messages or 64 KiB wait, the socket stops reading. A loop ends when the socket closes cleanly, and otherwise
   * throws a `ClosedError`.
   * @throws {UsageError} if one socket is read both ways.
   */
  messages(options: { readonly stream: true }): AsyncIterableIterator<MessageStream>;
  messages(options?: { readonly stream?: false }): AsyncIterableIterator<MessageData>;
  messages(options?: {
    readonly stream?: boolean;
  }): AsyncIterableIterator<MessageData | MessageStream> {
    return messagesOf(this[SESSION], options);
  }

  /** The same as {@link messages}. */
  [Symbol.asyncIterator](): AsyncIterableIterator<MessageData> {
    return this.messages();
  }

  /**
   * Sends one message, uncompressed, piece by piece from `source`: an iterable of strings or bytes, such as a `ReadableStream` or a Node stream.
   * It waits while the peer is slow, and gathers nothing; other messages and `close()` wait behind it, pings do not.
   * @returns true when all has been sent, false if the socket closed before; rejects with the error that the source throws, and then
   * closes the socket with 1011 if part of the message has gone out.
   */
  sendStream(source: ChunkSource, options?: SendStreamOptions): Promise<boolean> {
    return sendStream(this[SESSION], source, options);
  }

  /**
   * Returns the socket as Web Streams with back-pressure, a chunk a message; the same pair each time. Closing the writable, or cancelling the readable,
   * closes the socket with 1000; aborting the writable closes it with 1011. Both fail with a `ClosedError` if the socket does not close cleanly.
   */
  stream(): WebSocketStreams {
    return streamsOf(this, this[SESSION]);
  }

  /** Closes, and resolves when that is done: `await using socket = …`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  /** Emits an event, but never throws for an `error` without a listener. */
  override emit(type: string | symbol, ...args: unknown[]): boolean {
    if (type === "error" && this.listenerCount("error") === 0) return false;
    return super.emit(type, ...args);
  }

  /** Adds a listener as {@link on} does, with the DOM's kinds of listener and its options `once` and `signal`. */
  addEventListener<K extends keyof EventsByType>(
    type: K,
    listener: EventListener<EventsByType[K]> | null,
    options?: ListenerOptions | boolean,
  ): void;
  addEventListener(
    type: string,
    listener: EventListener<never> | null,
    options?: ListenerOptions | boolean,
  ): void;
  addEventListener(
    type: string,
    listener: EventListener<never> | null,
    options?: ListenerOptions | boolean,
  ): void {
    addListener(this, type, listener as EventListener | null, options);
  }

  removeEventListener(type: string, listener: EventListener<never> | null, _?: unknown): void {
    removeListener(this, type, listener as EventListener | null);
  }

  /** Calls `on<type>`, then the listeners. The runtime reports what they throw as an uncaught error. */
  dispatchEvent(event: { type: string }): boolean {
    setTarget(event, this);
    const handler = handlerOf(this, event.type);
    if (typeof handler === "function") this[SESSION].attempt(handler, event);
    this[SESSION].emitEvent(event);
    return true;
  }
}

const FIXED = { enumerable: true, writable: false, configurable: false };
for (const [name, value] of Object.entries({ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })) {
  for (const target of [WebSocket, WebSocket.prototype])
    Object.defineProperty(target, name, { ...FIXED, value });
}
Object.assign(WebSocket.prototype, { onopen: null });
makeAssignable(WebSocket.prototype);
noticeListeners(WebSocket.prototype);

const STATES = ["connecting", "open", "closing", "closed"] as const;
showAs(WebSocket.prototype, (socket) => {
  const own = Object.fromEntries(Object.entries(socket).filter(([name]) => !name.startsWith("_"))); // properties that an application has added
  if ((socket as Partial<WebSocket>)[SESSION] === undefined) return own; // none yet, as in the constructor of an old-style subclass
  const { url, readyState, version, protocol, extensions, bufferedAmount } = socket;
  return { url, state: STATES[readyState], version, protocol, extensions, bufferedAmount, ...own };
});
