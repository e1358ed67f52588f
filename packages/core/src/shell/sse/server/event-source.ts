import { Buffer } from "node:buffer";
import type { EventEmitter } from "node:events";
import { Stream } from "node:stream";
import { UsageError } from "../../../violation.ts";
import { makeAssignable } from "../../events/assignable.ts";
import { setTarget, type ErrorEvent, type Event, handlerOf } from "../../events/event.ts";
import {
  addListener,
  type EventListener,
  type ListenerOptions,
  removeListener,
} from "../../events/listeners.ts";
import { readFields, type SendOptions } from "./options.ts";
import { type EventSourceInit, EventSourceSession } from "./session.ts";
import { sendAll } from "./send-all.ts";
import { neededTopics } from "../../topics/needed.ts";

/** Where an `EventSource` keeps its session: out of the way of an application's subclass. */
export const SOURCE: unique symbol = Symbol("source");

/** The DOM's events, by type. */
export interface SourceEventsByType {
  open: Event;
  /** The client was too slow, or the transport failed. `close` follows. */
  error: ErrorEvent;
  close: Event;
}

/** The arguments of each emitted event, by name. */
export interface SourceEmittedByType {
  open: [event: Event];
  error: [event: ErrorEvent];
  close: [event: Event];
  /** Waiting output has left, after `send` had returned false. */
  drain: [];
}

type AnyListener = Parameters<EventEmitter["on"]>[1];

export interface EventSource {
  on<K extends keyof SourceEmittedByType>(
    type: K,
    listener: (this: this, ...args: SourceEmittedByType[K]) => void,
  ): this;
  on(type: string | symbol, listener: AnyListener): this;
  once<K extends keyof SourceEmittedByType>(
    type: K,
    listener: (this: this, ...args: SourceEmittedByType[K]) => void,
  ): this;
  once(type: string | symbol, listener: AnyListener): this;
  off<K extends keyof SourceEmittedByType>(
    type: K,
    listener: (this: this, ...args: SourceEmittedByType[K]) => void,
  ): this;
  off(type: string | symbol, listener: AnyListener): this;
}

/**
 * The server's end of an event stream. As in faye-websocket it is a legacy stream to `pipe` into, with
 * `on…` handlers and `addEventListener`; it adds `sendJSON`, `comment`, `sendAll`, `signal`. Adapters make it by `openEventSource`.
 */
export class EventSource extends Stream {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSED: 3;
  /** Seconds between pings without the option `ping`. @defaultValue 10 */
  declare DEFAULT_PING: number;
  /** Seconds that clients wait without the option `retry`. @defaultValue 5 */
  declare DEFAULT_RETRY: number;

  declare onopen: ((event: Event) => void) | null;
  declare onerror: ((event: ErrorEvent) => void) | null;
  declare onclose: ((event: Event) => void) | null;

  /** @internal */
  declare [SOURCE]: EventSourceSession;

  /** The URL of the request, made of its host and target. */
  get url(): string {
    return this[SOURCE].url;
  }

  /** The id of the last event that a returning client has, `""` for a new client. */
  get lastEventId(): string {
    return this[SOURCE].lastEventId;
  }

  /** 0 until `open`, 1 open, 3 closed. */
  get readyState(): 0 | 1 | 3 {
    return this[SOURCE].readyState;
  }

  /** Whether events can be sent: true until closed. */
  get writable(): boolean {
    return !this[SOURCE].isClosed;
  }

  /** Bytes sent that have not left the process. */
  get bufferedAmount(): number {
    return this[SOURCE].bufferedBytes;
  }

  /** Whether `send` has returned false and `drain` is still to come. */
  get writableNeedDrain(): boolean {
    return this[SOURCE].backedUp;
  }

  /** Aborts when the stream closes for any reason: pass it to the source of the events. */
  get signal(): AbortSignal {
    return this[SOURCE].signal;
  }

  /**
   * Sends an event. It reads bytes as UTF-8, and sends `String(data)` for other values; line breaks of any kind arrive as LF.
   * @returns false if the stream is closed, so that nothing is sent, or if you should wait for `drain`.
   * @throws {TypeError} for a line break or NUL in `event` or `id`: nothing is sent then.
   */
  send(data: unknown, options?: SendOptions | null): boolean {
    const session = this[SOURCE];
    if (session.isClosed) return false;
    const text = textOf(data);
    const fields = readFields(options);
    session.cork();
    return session.connection.send(text, fields) && !session.backedUp;
  }

  /** Sends an event with neither type nor id. @see {@link send} */
  write(data: unknown): boolean {
    return this.send(data);
  }

  /** Sends `value` as JSON. @throws {TypeError} for a value without JSON, such as a function. @see {@link send} */
  sendJSON(value: unknown, options?: SendOptions | null): boolean {
    return this.send(jsonOf(value), options);
  }

  /** Sends a comment, which clients ignore, a line for each of its lines. @returns the same as {@link send} */
  comment(text: string): boolean {
    const session = this[SOURCE];
    session.cork();
    return session.connection.comment(String(text)) && !session.backedUp;
  }

  /** Sends an empty comment. @returns the same as {@link send} */
  ping(): boolean {
    return this.comment("");
  }

  /**
   * Sends all values of an iterable, as fast as the client reads. An object with a `data` property is an event with its options, `{ data, event, id,
   * retry }`; any other value is data. If the stream closes first, it stops the iterable at once.
   * @returns whether all was sent. It rejects with the error that the iterable throws. The stream stays open either way.
   */
  sendAll(events: AsyncIterable<unknown> | Iterable<unknown>): Promise<boolean> {
    return sendAll(this, this[SOURCE], events);
  }

  /**
   * Subscribes to a topic or pattern of the option `topics`. The subscription ends with the stream.
   * @returns the same as `topics.subscribe`
   * @throws {UsageError} for a stream without `topics`.
   */
  subscribe(topic: string): boolean {
    return neededTopics(this[SOURCE].topics).subscribe(this, topic);
  }

  /** Ends a subscription. @returns false if there was none */
  unsubscribe(topic: string): boolean {
    return neededTopics(this[SOURCE].topics).unsubscribe(this, topic);
  }

  /** The topics and patterns that the stream is subscribed to, oldest first. */
  get topics(): string[] {
    return this[SOURCE].topics?.of(this) ?? [];
  }

  /** Sends `data`, if given, and closes. */
  end(data?: unknown): void {
    if (data !== undefined) this.send(data);
    this.close();
  }

  /** Ends the stream after all sent events. Clients connect again: to keep them away, answer 204 then. @returns whether it was open */
  close(): boolean {
    if (this[SOURCE].isClosed) return false;
    this[SOURCE].connection.close();
    return true;
  }

  /** Drops the stream, also while the last bytes leave after a `close()`, and loses waiting output. */
  terminate(): void {
    this[SOURCE].connection.terminate();
  }

  /** Closes, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** Calls all listeners and never throws: the runtime reports errors of listeners as uncaught, and an `error` needs no listener. */
  override emit(type: string | symbol, ...args: unknown[]): boolean {
    const listeners = this.rawListeners(type);
    for (const listener of listeners) this[SOURCE].attempt(listener, ...args);
    return listeners.length > 0;
  }

  /** Adds a listener as {@link on} does, with the DOM's kinds of listener and its options `once` and `signal`. */
  addEventListener<K extends keyof SourceEventsByType>(
    type: K,
    listener: EventListener<SourceEventsByType[K]> | null,
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

  removeEventListener(
    type: string,
    listener: EventListener<never> | null,
    _options?: unknown,
  ): void {
    removeListener(this, type, listener as EventListener | null);
  }

  /** Calls `on<type>`, then the listeners. The runtime reports what they throw as an uncaught error. */
  dispatchEvent(event: { type: string }): boolean {
    setTarget(event, this);
    const handler = handlerOf(this, event.type);
    if (typeof handler === "function") this[SOURCE].attempt(handler, event);
    this.emit(event.type, event);
    return true;
  }
}

const constants = { CONNECTING: 0, OPEN: 1, CLOSED: 3, DEFAULT_PING: 10, DEFAULT_RETRY: 5 };
const handlers = { onopen: null, onerror: null, onclose: null };
Object.assign(EventSource.prototype, constants, handlers);
makeAssignable(EventSource.prototype);

/** Begins a stream in an object that a constructor of an adapter has allocated, so that old-style inheritance works there. */
export function openEventSource(eventSource: EventSource, init: EventSourceInit): void {
  const session = new EventSourceSession(eventSource, init);
  eventSource[SOURCE] = session;
  session.start();
}

/** Returns the text to send for `data`; bytes are read as UTF-8. */
export function textOf(data: unknown): string {
  if (typeof data === "string") return data;
  if (ArrayBuffer.isView(data))
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
  return data instanceof ArrayBuffer ? Buffer.from(data).toString() : String(data);
}

/** Returns `value` as JSON. @throws {UsageError} for a value without JSON. */
export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new UsageError(`sendJSON: ${typeof value} has no JSON`);
  return text;
}
