import { Stream } from "node:stream";
import { DATA_HEAD, encodeHead, TOPICS_PROTOCOL } from "../../topics/wire.ts";
import { checkPattern, isPattern, matches } from "../../topics/name.ts";
import { delayAfter, readRetryAfter } from "../../reconnect/backoff.ts";
import { Outbox } from "../../reconnect/outbox.ts";
import { UsageError } from "../../violation.ts";
import type { CloseEvent, ErrorEvent } from "../events/event.ts";
import type { MessageData, MessageEvent } from "../events/message-event.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { isBlob, toSendable } from "../websocket/send-queue.ts";
import { type ConnectError, errorOf, hold } from "../websocket/opened.ts";
import { jsonOf } from "../websocket/send.ts";
import type { WebSocket } from "../websocket/websocket.ts";
import { type Arrival, payloadAfter, readArrival } from "./arrival.ts";
import {
  type Loss,
  type ReconnectOptions,
  type ReconnectSettings,
  readReconnect,
} from "./options.ts";

/** The events of a {@link ReconnectingClient}, by name. */
export interface ReconnectingEvents {
  /** A connection is open; `isFirst` for the first of all. The client has sent the messages that waited. */
  open: [isFirst: boolean];
  /** A message of the application. */
  message: [data: MessageData];
  /** A message of a topic, with `TOPICS_PROTOCOL`. */
  published: [topic: string, data: MessageData];
  /** The server no longer has all messages of a topic or pattern that the client missed: fetch its state anew. */
  reset: [topic: string];
  /** The server has refused a subscription. */
  refused: [topic: string];
  /** A connection is lost, or was not made; the next attempt starts after `delay` milliseconds. */
  waiting: [delay: number, loss: { readonly code: number; readonly reason: string }];
  /** The error of one connection. It needs no listener. */
  error: [error: ErrorEvent];
  /** The client has ended: by `close()`, by a loss that `retry` does not accept, or after too many attempts. Once, and last. */
  close: [event: { readonly code: number; readonly reason: string }];
}

/** The parts of a {@link ReconnectingClient}. */
export interface ReconnectingInit {
  readonly runtime: Runtime;
  /** Makes one connection. */
  readonly dial: () => WebSocket;
  readonly reconnect: ReconnectOptions | true | undefined;
  /** Calls back once code that awaits the first opening has run: the client holds messages until then. @defaultValue it does not */
  readonly later?: ((callback: () => void) => void) | undefined;
}

export interface ReconnectingClient {
  on<K extends keyof ReconnectingEvents>(
    type: K,
    listener: (this: this, ...args: ReconnectingEvents[K]) => void,
  ): this;
  once<K extends keyof ReconnectingEvents>(
    type: K,
    listener: (this: this, ...args: ReconnectingEvents[K]) => void,
  ): this;
  off<K extends keyof ReconnectingEvents>(
    type: K,
    listener: (this: this, ...args: ReconnectingEvents[K]) => void,
  ): this;
}

/**
 * A client that connects again when its connection is lost: after random delays that grow, or after the server's `Retry-After`. Messages sent
 * meanwhile wait, up to a bound; messages under way when a connection was lost may be lost with it. With `TOPICS_PROTOCOL` it subscribes again
 * and gets the messages it missed.
 */
export class ReconnectingClient extends Stream {
  private readonly init: ReconnectingInit;
  private readonly settings: ReconnectSettings;
  private readonly outbox: Outbox<{ data: string | Uint8Array }>;
  /** The subscribed topics, with the last cursor of each. */
  private readonly places = new Map<string, string | undefined>();
  /** Those of them that have wildcards. */
  private readonly patterns = new Set<string>();
  private socket: WebSocket | undefined = undefined;
  private timer: unknown = undefined;
  private failures = 0;
  private openedAt = 0;
  private wasOpen = false;
  private isOver = false;
  private hasOpened = false;
  /** @internal Why the last connection was not made. */
  failure: ConnectError | undefined = undefined;

  /** @throws {UsageError} for an option that is not accepted. */
  constructor(init: ReconnectingInit) {
    super();
    this.init = init;
    this.settings = readReconnect(init.reconnect);
    this.outbox = new Outbox(this.settings.maxOutboxBytes);
    this.dial();
  }

  /** 0 without a connection, at first or at the moment; 1 open; 2 closing; 3 ended. */
  get readyState(): 0 | 1 | 2 | 3 {
    if (this.socket === undefined) return this.isOver ? 3 : 0;
    const { readyState } = this.socket;
    return this.isOver ? (readyState === 3 ? 3 : 2) : readyState === 1 ? 1 : 0;
  }

  /** Bytes that wait for a connection, or have not left the process. */
  get bufferedAmount(): number {
    return this.outbox.size + (this.socket?.bufferedAmount ?? 0);
  }

  /** The subscribed topics. */
  get topics(): string[] {
    return [...this.places.keys()];
  }

  /**
   * Sends a message, or keeps it until there is a connection.
   * @returns false if the client has ended or more waits than `maxOutboxBytes`, so that the message is dropped; when open, the result of `WebSocket.send`
   * @throws {TypeError} for `undefined`, Blobs, and data without a text of its own, such as objects.
   */
  send(data: unknown): boolean {
    if (this.isOver) return false;
    const sendable = toSendable(data, true);
    if (isBlob(sendable)) throw new TypeError("send: read a Blob first");
    const { runtime } = this.init;
    const given =
      typeof sendable === "string" || sendable instanceof Uint8Array
        ? sendable
        : "payload" in sendable
          ? sendable.payload(runtime.platform)
          : (sendable as MessageEvent).data;
    const message = typeof given === "string" ? given : bytesOf(given);
    if (this.isOpen) return this.transmit(message);
    const size =
      typeof message === "string" ? runtime.platform.encodeUtf8(message).length : message.length;
    return this.outbox.add({ data: typeof message === "string" ? message : message.slice() }, size);
  }

  /** Sends `value` as JSON. @see send @throws {TypeError} for a value without JSON. */
  sendJSON(value: unknown): boolean {
    return this.send(jsonOf(value));
  }

  /** Subscribes to a topic of the server, now and after each reconnection. @throws {UsageError} for an invalid name. */
  subscribe(topic: string): void {
    checkPattern(topic);
    if (this.places.has(topic)) return;
    this.places.set(topic, undefined);
    if (isPattern(topic)) this.patterns.add(topic);
    if (this.isOpen) this.ask(topic);
  }

  unsubscribe(topic: string): void {
    this.patterns.delete(topic);
    if (!this.places.delete(topic) || !this.isOpen || !this.speaksTopics) return;
    this.socket!.send(encodeHead({ word: "unsubscribe", cursor: undefined, topic }));
  }

  /** Closes for good, and drops messages that wait. @see WebSocket.close */
  close(code?: number, reason?: string): void {
    if (this.isOver) return;
    this.socket?.close(code, reason);
    this.isOver = true;
    this.outbox.take();
    if (this.timer === undefined && this.socket !== undefined) return;
    this.init.runtime.clearTimeout(this.timer);
    this.end({ code: code ?? 1000, reason: reason ?? "" });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private get isOpen(): boolean {
    return this.socket?.readyState === 1 && this.hasOpened;
  }

  private get speaksTopics(): boolean {
    return this.socket?.protocol === TOPICS_PROTOCOL;
  }

  private dial(): void {
    this.timer = undefined;
    this.hasOpened = false;
    const socket = this.init.dial();
    this.socket = socket;
    socket.on("open", () => {
      this.opened();
    });
    socket.on("message", ({ data }) => {
      this.arrived(data);
    });
    let failed: ErrorEvent | undefined;
    socket.on("error", (event) => {
      failed = event;
      if (this.listenerCount("error") > 0) this.emitSafely("error", event);
    });
    socket.on("close", (event) => {
      if (!this.hasOpened) this.failure = errorOf(socket, event, failed);
      this.lost(socket, event);
    });
  }

  private opened(): void {
    this.openedAt = this.init.runtime.platform.now();
    this.hasOpened = true;
    if (this.places.size > 0 && !this.speaksTopics)
      return this.init.runtime.reportError(
        new UsageError(`subscribe: offer TOPICS_PROTOCOL in protocols; the server chose another`),
      );
    for (const topic of this.places.keys()) this.ask(topic);
    for (const { data } of this.outbox.take()) this.transmit(data);
    const isFirst = !this.wasOpen;
    if (isFirst && this.init.later !== undefined) hold(this.socket!, this.init.later);
    this.wasOpen = true;
    this.emitSafely("open", isFirst);
  }

  private ask(topic: string): void {
    if (!this.speaksTopics) return;
    this.socket!.send(encodeHead({ word: "subscribe", cursor: this.places.get(topic), topic }));
  }

  private transmit(data: string | Uint8Array): boolean {
    if (!this.speaksTopics) return this.socket!.send(data);
    if (typeof data === "string") return this.socket!.send(DATA_HEAD + data);
    const head = this.init.runtime.platform.encodeUtf8(DATA_HEAD);
    const bytes = new Uint8Array(head.length + data.length);
    bytes.set(head);
    bytes.set(data, head.length);
    return this.socket!.send(bytes);
  }

  private arrived(data: MessageData): void {
    if (!this.speaksTopics) return this.emitSafely("message", data);
    const arrival = readArrival(this.init.runtime.platform, data);
    if (arrival === undefined) return;
    if (arrival.word === "data") this.emitSafely("message", payloadAfter(data, arrival));
    else this.heard(arrival, data);
  }

  private heard(arrival: Arrival, data: MessageData): void {
    const { word, topic = "", cursor } = arrival;
    if (cursor !== undefined) this.note(topic, cursor);
    if (word === "message") this.emitSafely("published", topic, payloadAfter(data, arrival));
    else if (word === "reset" || word === "refused") this.emitSafely(word, topic);
  }

  /** Notes the last cursor of a topic; and of each pattern that covers it, so that the server knows of a return. */
  private note(topic: string, cursor: string): void {
    if (this.places.has(topic)) this.places.set(topic, cursor);
    for (const place of this.patterns) if (matches(place, topic)) this.places.set(place, cursor);
  }

  private lost(socket: WebSocket, { code, reason }: CloseEvent): void {
    const { settings, init } = this;
    const { statusCode: status, headers } = socket;
    if (this.isOver) return this.end({ code, reason });
    const lasted = init.runtime.platform.now() - this.openedAt;
    const wasStable = this.hasOpened && lasted >= settings.stableAfter;
    if (wasStable) this.failures = 0;
    const refused = this.hasOpened ? undefined : status;
    if (++this.failures > settings.attempts || !this.mayRetry({ code, reason, status: refused })) {
      this.isOver = true;
      return this.end({ code, reason });
    }
    const asked = readRetryAfter(headers?.["retry-after"], Date.now(), Date.parse);
    const delay = delayAfter(this.failures - 1, chanceOf(init.runtime), settings, asked);
    this.hasOpened = false;
    this.timer = init.runtime.setTimeout(() => {
      this.again();
    }, delay);
    this.emitSafely("waiting", delay, { code, reason });
  }

  /** The application's decision; if it throws, the client ends, so that nobody waits for it in vain. */
  private mayRetry(loss: Loss): boolean {
    try {
      return this.settings.retry(loss);
    } catch (error) {
      this.init.runtime.reportError(error);
      return false;
    }
  }

  /** Connects again. If the client's constructor throws now, and not the first time, an option such as `socket` is used up. */
  private again(): void {
    try {
      this.dial();
    } catch (error) {
      this.init.runtime.reportError(error);
      this.isOver = true;
      this.end({ code: 1006, reason: "" });
    }
  }

  private end(event: { code: number; reason: string }): void {
    this.socket = undefined;
    this.timer = undefined;
    this.outbox.take();
    this.emitSafely("close", event);
  }

  /** Emits, and catches errors of listeners, so that the next attempt follows. */
  private emitSafely<K extends keyof ReconnectingEvents>(
    type: K,
    ...args: ReconnectingEvents[K]
  ): void {
    try {
      this.emit(type, ...args);
    } catch (error) {
      this.init.runtime.reportError(error);
    }
  }
}

const bytesOf = (data: Exclude<MessageData, string>): Uint8Array =>
  data instanceof Uint8Array ? data : new Uint8Array(data as ArrayBuffer);

function chanceOf({ platform }: Runtime): number {
  const bytes = new Uint8Array(4);
  platform.randomFill(bytes);
  return new DataView(bytes.buffer).getUint32(0) / 0x1_0000_0000;
}
