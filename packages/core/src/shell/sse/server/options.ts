import type { EventFields } from "../../../sse/server/encode.ts";
import {
  type EventSourceConnectionOptions,
  resolveEventSourceOptions,
} from "../../../sse/server/connection.ts";
import { checkSignal } from "../../runtime/abort.ts";
import { isFieldValue, isToken, trimBlanks } from "../../../http/tokens.ts";
import { checkSink, type TraceSink } from "../../../trace/record/sink.ts";
import { checkOptions, checkSlips } from "../../../names.ts";
import type { OwnTopics } from "../../topics/needed.ts";
import { UsageError } from "../../../violation.ts";

/**
 * Options of an `EventSource`. The constructor ignores names unlike any of these, as faye-websocket does, and refuses misspelt ones.
 */
export interface EventSourceOptions {
  /** Header fields of the response, in place of those it has already. Values become strings; fields with `undefined` and `null` are left out. */
  readonly headers?:
    | Iterable<readonly [name: string, value: unknown]>
    | Readonly<Record<string, unknown>>
    | null
    | undefined;
  /** How long the client should wait before it connects again, in seconds; 0 leaves it to the client. @defaultValue 5 */
  readonly retry?: number | null | undefined;
  /** How often to send an empty comment, in seconds, so that no proxy takes the stream for dead; 0 never. @defaultValue 10 */
  readonly ping?: number | null | undefined;
  /** The most bytes that may wait for a slow client; beyond it the stream is dropped. @defaultValue 16_777_216 (16 MiB) */
  readonly maxBufferedBytes?: number | null | undefined;
  /** Closes the stream when it aborts. */
  readonly signal?: AbortSignal | null | undefined;
  /** Records the stream: a sink of `createTraceRing()` or `recordTo()`. */
  readonly record?: TraceSink | null | undefined;
  /** The stream's topics, made by `topics()`. @defaultValue none */
  readonly topics?: OwnTopics | null | undefined;
}

/** The fields of an event. Empty ones and `false` are left out; 0 is a valid id. */
export interface SendOptions {
  /** The event's type, for which clients listen. @defaultValue none, which is `message` */
  readonly event?: string | null | undefined | false;
  /** The client sends it as `Last-Event-ID` when it connects again. */
  readonly id?: string | number | bigint | null | undefined | false;
  /** How long the client should wait before it connects again, in seconds, from now on. */
  readonly retry?: number | null | undefined;
}

/** Options after reading and checking. */
export interface EventSourceSettings {
  readonly connection: EventSourceConnectionOptions;
  readonly headers: readonly (readonly [name: string, value: string | readonly string[]])[];
  readonly signal: AbortSignal | undefined;
  readonly record: TraceSink | undefined;
  readonly topics: OwnTopics | undefined;
}

/** The defaults of times, in seconds. */
export interface EventSourceDefaults {
  readonly retry: number;
  readonly ping: number;
}

/** The defaults of faye-websocket. */
const EVENT_SOURCE_DEFAULTS: EventSourceDefaults = { retry: 5, ping: 10 };

/** The settings of most streams, which share this object. */
const plain = resolveEventSourceOptions({ retry: 5000, pingInterval: 10_000 });

const NAMES = ["headers", "retry", "ping", "maxBufferedBytes", "signal", "record", "topics"];

function checkEventSourceNames(options: unknown, isModern: boolean | undefined): void {
  if (options === undefined || options === null) return;
  if (isModern === true) checkOptions("eventSource", options, NAMES);
  else checkSlips("new EventSource", options, NAMES);
}

/**
 * Reads and checks options.
 * @param isModern whether to refuse every unknown name; otherwise only misspelt ones.
 * @throws {UsageError} for a name, time, size or header that is not accepted.
 */
export function readEventSourceOptions(
  options: EventSourceOptions | null | undefined,
  defaults: EventSourceDefaults = EVENT_SOURCE_DEFAULTS,
  isModern?: boolean,
): EventSourceSettings {
  checkEventSourceNames(options, isModern);
  const { retry, ping, maxBufferedBytes, headers, signal, record, topics } = options ?? {};
  const times = {
    retry: millisecondsOf("retry", retry ?? defaults.retry),
    pingInterval: millisecondsOf("ping", ping ?? defaults.ping),
  };
  const isPlain =
    (maxBufferedBytes ?? undefined) === undefined &&
    times.retry === plain.retry &&
    times.pingInterval === plain.pingInterval;
  const connection = isPlain
    ? plain
    : resolveEventSourceOptions({
        ...times,
        maxBufferedBytes: maxBufferedBytes ?? undefined,
      } as Partial<EventSourceConnectionOptions>);
  if (record !== undefined && record !== null) checkSink(record);
  checkSignal(signal);
  return {
    connection,
    headers: readHeaders(headers),
    signal: signal ?? undefined,
    record: record ?? undefined,
    topics: topics ?? undefined,
  };
}

const FIELD_NAMES = ["event", "id", "retry"];

/** @throws {UsageError} for a `retry` that is no time, and for a name that is a slip of a field's. */
export function readFields(options: SendOptions | null | undefined): EventFields | undefined {
  if (options === null || options === undefined) return undefined;
  checkSlips("send", options, FIELD_NAMES);
  const { event, id, retry } = options;
  return {
    event: event ? String(event) : undefined,
    id: id || id === 0 || id === 0n ? String(id) : undefined,
    retry: retry === null || retry === undefined ? undefined : millisecondsOf("retry", retry),
  };
}

/** The longest time that the runtimes' timers take, and long enough for clients. */
const MAX_TIME = 0x7fffffff;

function millisecondsOf(name: string, seconds: number): number {
  const milliseconds = Math.floor(Number(seconds) * 1000);
  if (milliseconds >= 0 && milliseconds <= MAX_TIME) return milliseconds;
  throw new UsageError(`${name}: expected seconds from 0 to 2147483, got ${String(seconds)}`);
}

function readHeaders(headers: EventSourceOptions["headers"]): [string, string | string[]][] {
  if (headers === null || headers === undefined) return [];
  if (typeof headers !== "object")
    throw new UsageError(`headers: expected a record, or pairs, got ${typeof headers}`);
  const pairs: Iterable<readonly [string, unknown]> =
    Symbol.iterator in headers
      ? (headers as Iterable<readonly [string, unknown]>)
      : Object.entries(headers);
  const fields: [string, string | string[]][] = [];
  for (const [name, value] of pairs) {
    if (value === undefined || value === null) continue;
    fields.push([
      checkedName(String(name).trim()),
      Array.isArray(value)
        ? value.map((one) => checkedValue(name, one))
        : checkedValue(name, value),
    ]);
  }
  return fields;
}

function checkedName(name: string): string {
  if (isToken(name)) return name;
  throw new UsageError(`header name: expected a token, got ${JSON.stringify(name)}`);
}

function checkedValue(name: string, value: unknown): string {
  const text = trimBlanks(String(value));
  if (isFieldValue(text)) return text;
  throw new UsageError(
    `header ${name}: expected a value without line breaks, NUL and characters beyond U+00FF, got ${JSON.stringify(text)}`,
  );
}
