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

/** As `EventEmitter` has it. */
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
 * A WebSocket, as an application holds it; a server's and a client's are alike. It speaks as the browser's does (properties,
 * `on…` handlers, `addEventListener`), as an `EventEmitter` (`on`, `once`, `off`), and as a legacy stream (`pipe`, `write`,
 * `end`, `pause`, `resume`; `data`, `drain`, `end`), each as faye-websocket has it. Adapters make it: see `acceptedSocket` and `clientSocket`.
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
   * How long the closing handshake may take, in milliseconds, for sockets made from now on that are not told otherwise by
   * `closeTimeout`. One number a process, however the class is reached.
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

  /** The URL that was asked for. A server's is made of the `Host` field and the request target. */
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

  /** What `upgrade` gave as `context`: a server's, from whichever door but the compatible constructor. */
  get context(): unknown {
    return this[SESSION].context;
  }

  /** Server: the head of the request that opened the socket; `undefined` for a client, and of the compatible constructor, whose caller has the request. */
  get request(): RequestHead | undefined {
    return this[SESSION].request;
  }

  /** The other side's IP address, a proxy's where there is one; `undefined` over a Unix socket, and once a connection is gone that was not asked before. */
  get remoteAddress(): string | undefined {
    const { request, driver } = this[SESSION];
    return request?.remoteAddress ?? driver?.transport?.remoteAddress;
  }

  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  get readyState(): 0 | 1 | 2 | 3 {
    return this[SESSION].readyState;
  }

  /** Bytes given to {@link send} that have not left the process, with the framing they have by then. */
  get bufferedAmount(): number {
    return this[SESSION].bufferedAmount;
  }

  /** How many messages were given to {@link send} and not sent: the socket was closing, more waited than may, or the connection ended first. */
  get dropped(): number {
    return this[SESSION].dropped;
  }

  /**
   * How long pings and their pongs take, in milliseconds from when the ping has left: `last`, and `smoothed` over the last few. Measured with every pong
   * that answers a ping sent here, by `pingInterval` or {@link ping}; `undefined` before the first. The event `latency` tells of each.
   */
  get latency(): Latency | undefined {
    return this[SESSION].driver?.connection.latency;
  }

  /** True until the `end` event has been emitted. */
  get readable(): boolean {
    return !this[SESSION].ended;
  }

  /** As {@link readable}. */
  get writable(): boolean {
    return !this[SESSION].ended;
  }

  /**
   * What binary messages are given as, from the next on: `"nodebuffer"` (`Buffer`), `"uint8array"`, or `"arraybuffer"` and `"blob"`, which
   * are always copies. Data over 4 KiB is otherwise a view of memory that messages beside it may share. Other values are ignored, as in browsers.
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
   * Sends a message: bytes of any kind as binary, a received `MessageEvent` as it came, all else as the text `String(data)`.
   * Before the opening, messages wait and are sent in order. Bytes may be kept until they have left: do not change them.
   * @returns false when so much waits that it is better to hold on until `drain`, or when the message was not sent, which {@link dropped} counts.
   * @param options `compress: false` keeps extensions from compressing this message
   * @param callback called once: with nothing when the message has left the process, or with a `NotSentError`
   * @throws {TypeError} for `undefined`, for binary data where the peer speaks a draft that knows text only, and, but of the compatible
   * constructors, for what has no text of its own: objects, promises, streams.
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
   * @returns as {@link send} does
   * @throws {TypeError} for what has no JSON: `undefined`, a function, a circle.
   */
  sendJSON(value: unknown, options?: SendingOptions | null, callback?: SendCallback): boolean {
    return this.send(jsonOf(value), options, callback);
  }

  /** As {@link send}. */
  write(data: unknown): boolean {
    return this.send(data);
  }

  /** Sends `data`, if given, and closes with 1000. */
  end(data?: unknown): void {
    if (data !== undefined) this.send(data);
    this.close();
  }

  /** Stops delivering messages, and reading them once little more fits; sending goes on. */
  pause(): void {
    holdReading(this[SESSION], this);
  }

  /** Reads on. Where nobody listens for messages, or reads them in a loop or a stream, it also says that nobody will: they are dropped from then on. */
  resume(): void {
    releaseReading(this[SESSION], this);
    resumed(this[SESSION]);
  }

  /**
   * Sends a ping; `callback` is called when a pong with the same payload comes. A second ping with the payload of one that is
   * under way takes its callback's place.
   * @returns whether it was sent, or will be: false when the socket is closing, and where the peer speaks a draft without pings.
   * @throws {RangeError} for more than 125 bytes.
   */
  ping(message?: unknown, callback?: () => void): boolean {
    return sendControl(this[SESSION], "ping", message, callback);
  }

  /** Sends a pong that no ping asked for. Pings are answered without it. @see {@link ping} */
  pong(message?: unknown): boolean {
    return sendControl(this[SESSION], "pong", message);
  }

  /**
   * Starts the closing handshake, after what was sent; while connecting, gives up at once. Does nothing once closing.
   * @param code 1000, or 3000 to 4999 @defaultValue 1000
   * @throws {DOMException} `InvalidAccessError` for another code. @throws {RangeError} for a reason over 123 bytes of UTF-8.
   */
  close(code?: number, reason?: string): void {
    close(this[SESSION], code, reason);
  }

  /** Drops the connection without a closing handshake; what has not left is lost, and `close` tells 1006. */
  terminate(): void {
    this[SESSION].driver?.connection.terminate();
  }

  /**
   * Server: subscribes to a topic or pattern of `server.topics`, or of the option `topics`. It ends with the socket.
   * @returns as `topics.subscribe` does
   * @throws {UsageError} for a socket that has no topics: a client's, and one of `upgrade` without them.
   */
  subscribe(topic: string): boolean {
    return neededTopics(this[SESSION].desk?.topics).subscribe(this, topic);
  }

  /** Ends a subscription. @returns false if there was none */
  unsubscribe(topic: string): boolean {
    return neededTopics(this[SESSION].desk?.topics).unsubscribe(this, topic);
  }

  /** The topics and patterns that it is subscribed to, oldest first. */
  get topics(): string[] {
    return this[SESSION].desk?.topics.of(this) ?? [];
  }

  /**
   * Resolves with the socket when it is open, and what comes meanwhile waits for the code that awaits it; rejects with a `ConnectError` when it
   * is closed before. Like {@link closed} it need not be listened to.
   */
  get opened(): Promise<this> {
    return openedOf(this, this[SESSION]);
  }

  /** Resolves when the socket is closed, however that came. It never rejects. */
  get closed(): Promise<CloseInfo> {
    return closedOf(this, this[SESSION]);
  }

  /**
   * Messages for `for await`: as data, or with `stream: true` each as a {@link MessageStream}, to be read while it arrives, so that it may be larger
   * than memory; then there are no `message` events of them. From the first loop on, each message waits until a loop takes it, also after `break`,
   * which leaves the socket open; when 16 messages or 64 KiB wait, reading stops. A loop ends when the socket is closed cleanly, and otherwise
   * throws a `ClosedError`.
   * @throws {UsageError} for both ways on one socket.
   */
  messages(options: { readonly stream: true }): AsyncIterableIterator<MessageStream>;
  messages(options?: { readonly stream?: false }): AsyncIterableIterator<MessageData>;
  messages(options?: {
    readonly stream?: boolean;
  }): AsyncIterableIterator<MessageData | MessageStream> {
    return messagesOf(this[SESSION], options);
  }

  /** As {@link messages}. */
  [Symbol.asyncIterator](): AsyncIterableIterator<MessageData> {
    return this.messages();
  }

  /**
   * Sends one message while `source` gives it: anything iterable of strings or bytes, `ReadableStream`s and Node's streams among it. It waits
   * where the peer is slow, and holds none of it; what else is sent, and `close()`, waits behind it, pings do not. It goes uncompressed.
   * @returns true when all has been sent, false when the socket was closed before; rejects with what the source throws, whereupon
   * the socket is closed with 1011 if part of the message has gone out.
   */
  sendStream(source: ChunkSource, options?: SendStreamOptions): Promise<boolean> {
    return sendStream(this[SESSION], source, options);
  }

  /**
   * The socket as Web Streams with back-pressure, a chunk a message; the same pair each time. Closing the writable, or cancelling the readable, closes
   * with 1000; aborting the writable with 1011. Both fail with a `ClosedError` when the socket is not closed cleanly.
   */
  stream(): WebSocketStreams {
    return streamsOf(this, this[SESSION]);
  }

  /** Closes, and resolves when that is done: `await using socket = …`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  /** Emits, but never throws for an `error` that nobody listens to. */
  override emit(type: string | symbol, ...args: unknown[]): boolean {
    if (type === "error" && this.listenerCount("error") === 0) return false;
    return super.emit(type, ...args);
  }

  /** As {@link on}, with the DOM's kinds of listener and its options `once` and `signal`. */
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

  /** Calls `on<type>`, then the listeners. What they throw is reported as the runtime reports what nobody catches. */
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
  const own = Object.fromEntries(Object.entries(socket).filter(([name]) => !name.startsWith("_"))); // what an application has put there
  if ((socket as Partial<WebSocket>)[SESSION] === undefined) return own; // none yet, as in the constructor of an old-style subclass
  const { url, readyState, version, protocol, extensions, bufferedAmount } = socket;
  return { url, state: STATES[readyState], version, protocol, extensions, bufferedAmount, ...own };
});
