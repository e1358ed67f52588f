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
  /** Something went wrong: the reader was too slow, or the transport failed. `close` follows. */
  error: ErrorEvent;
  close: Event;
}

/** What is emitted, by name. */
export interface SourceEmittedByType {
  open: [event: Event];
  error: [event: ErrorEvent];
  close: [event: Event];
  /** What was sent has left, and `send` had returned false. */
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
 * A server's end of an event stream, as an application holds it: as faye-websocket has it, a legacy stream one can `pipe` into, with
 * `on…` handlers and `addEventListener`; and beyond it `sendJSON`, `comment`, `sendAll`, `signal`. Adapters make it: see `openEventSource`.
 */
export class EventSource extends Stream {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSED: 3;
  /** Seconds between pings where the options name none. @defaultValue 10 */
  declare DEFAULT_PING: number;
  /** Seconds the client is to wait where the options name none. @defaultValue 5 */
  declare DEFAULT_RETRY: number;

  declare onopen: ((event: Event) => void) | null;
  declare onerror: ((event: ErrorEvent) => void) | null;
  declare onclose: ((event: Event) => void) | null;

  /** @internal */
  declare [SOURCE]: EventSourceSession;

  /** The URL that was asked for, made of the request's host and target. */
  get url(): string {
    return this[SOURCE].url;
  }

  /** The id of the last event the client saw before it came back, `""` for one that is new. */
  get lastEventId(): string {
    return this[SOURCE].lastEventId;
  }

  /** 0 until `open`, 1 open, 3 closed. */
  get readyState(): 0 | 1 | 3 {
    return this[SOURCE].readyState;
  }

  /** Whether what is sent goes anywhere: true until closed. */
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

  /** Aborts when the stream closes, whoever closes it: give it to what makes the events. */
  get signal(): AbortSignal {
    return this[SOURCE].signal;
  }

  /**
   * Sends an event. Bytes are read as UTF-8, all else is `String(data)`; line breaks of any kind arrive as LF.
   * @returns false when closed, so that nothing is sent, or when so much waits that it is better to hold on until `drain`.
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

  /** As {@link send}, of an event with neither type nor id. */
  write(data: unknown): boolean {
    return this.send(data);
  }

  /** Sends `value` as JSON. @throws {TypeError} for what has none, such as a function. @see {@link send} */
  sendJSON(value: unknown, options?: SendOptions | null): boolean {
    return this.send(jsonOf(value), options);
  }

  /** Sends a comment, which clients ignore, a line for each of its lines. @returns as {@link send} */
  comment(text: string): boolean {
    const session = this[SOURCE];
    session.cork();
    return session.connection.comment(String(text)) && !session.backedUp;
  }

  /** Sends an empty comment. @returns as {@link send} */
  ping(): boolean {
    return this.comment("");
  }

  /**
   * Sends all that an iterable gives, as fast as the reader takes it. What has a `data` property is an event with its options, `{ data, event, id,
   * retry }`; all else is data. When the stream closes first, the iterable is told at once that no more is wanted.
   * @returns whether all was sent. It rejects with what the iterable throws. The stream stays open either way.
   */
  sendAll(events: AsyncIterable<unknown> | Iterable<unknown>): Promise<boolean> {
    return sendAll(this, this[SOURCE], events);
  }

  /**
   * Subscribes to a topic or pattern of the option `topics`. It ends with the stream.
   * @returns as `topics.subscribe` does
   * @throws {UsageError} for a stream that was given no `topics`.
   */
  subscribe(topic: string): boolean {
    return neededTopics(this[SOURCE].topics).subscribe(this, topic);
  }

  /** Ends a subscription. @returns false if there was none */
  unsubscribe(topic: string): boolean {
    return neededTopics(this[SOURCE].topics).unsubscribe(this, topic);
  }

  /** The topics and patterns that it is subscribed to, oldest first. */
  get topics(): string[] {
    return this[SOURCE].topics?.of(this) ?? [];
  }

  /** Sends `data`, if given, and closes. */
  end(data?: unknown): void {
    if (data !== undefined) this.send(data);
    this.close();
  }

  /** Ends the stream after what was sent. Clients come back: to keep them away, answer 204 then. @returns whether it was open */
  close(): boolean {
    if (this[SOURCE].isClosed) return false;
    this[SOURCE].connection.close();
    return true;
  }

  /** Drops the stream, also while the last bytes leave after a `close()`: what has not left is lost. */
  terminate(): void {
    this[SOURCE].connection.terminate();
  }

  /** Closes, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** Calls all listeners. What one throws is reported as the runtime reports what nobody catches, and an `error` needs no listener: this never throws. */
  override emit(type: string | symbol, ...args: unknown[]): boolean {
    const listeners = this.rawListeners(type);
    for (const listener of listeners) this[SOURCE].attempt(listener, ...args);
    return listeners.length > 0;
  }

  /** As {@link on}, with the DOM's kinds of listener and its options `once` and `signal`. */
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

  /** Calls `on<type>`, then the listeners. What they throw is reported as the runtime reports what nobody catches. */
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

/** What is sent for `data`: bytes are read as UTF-8. */
export function textOf(data: unknown): string {
  if (typeof data === "string") return data;
  if (ArrayBuffer.isView(data))
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
  return data instanceof ArrayBuffer ? Buffer.from(data).toString() : String(data);
}

/** @throws {UsageError} for what has no JSON. */
export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new UsageError(`sendJSON: ${typeof value} has no JSON`);
  return text;
}
