import { UsageError } from "../../violation.ts";

/** The limits and redactions of a recording. */
export interface TraceSettings {
  /**
   * The most bytes kept of one chunk or payload. Longer ones are cut, and a trace can be replayed up to a cut input.
   * @defaultValue 1_048_576 (1 MiB): more than any runtime reads at once
   */
  readonly maxPayload?: number | undefined;
  /**
   * Header fields whose values are replaced, beside those that always are: `Cookie`, `Set-Cookie`, `Authorization`,
   * `Proxy-Authorization` and `Sec-WebSocket-Key`, and the values of query parameters. `false` replaces nothing.
   * @defaultValue none beside those
   */
  readonly redact?: readonly string[] | false | undefined;
}

/** Takes the lines of a trace, as UTF-8 bytes that are lent until the call returns. One sink may serve many connections. */
export interface TraceSink {
  readonly settings?: TraceSettings | undefined;
  /** A connection begins: `head` is its first line. */
  begin(connection: number, head: Uint8Array): void;
  /** One or more whole lines of a connection; the recorder says how many, so that a sink need not count. */
  write(connection: number, lines: Uint8Array, count?: number): void;
  /** The connection has closed; nothing more of it will come. */
  end(connection: number): void;
}

/** The environment of a recorder. */
export interface TraceContext {
  /** A monotonic clock, in milliseconds. */
  now(): number;
  /** The time of day, in milliseconds since 1970. Left out, traces do not say when they were made. */
  wallClock?(): number;
  /** Such as `node 20.20.2`. */
  readonly runtime?: string;
  /** The version of the library. */
  readonly library?: string;
  /** Receives an exception of a sink. Its connection is then no longer recorded, and goes on. */
  onError?(error: unknown): void;
}

/** The sink and the clock of a recording. */
export interface RecordOptions {
  readonly sink: TraceSink;
  readonly context: TraceContext;
}

/** {@link TraceSettings}, complete. */
export interface FullSettings {
  readonly maxPayload: number;
  /** Lower-case names of header fields; `undefined` where nothing is redacted. */
  readonly redact: ReadonlySet<string> | undefined;
}

const MAX_PAYLOAD = 1_048_576;

/** Header fields that hold secrets, and the keys of a handshake. */
const SECRETS = [
  "authorization",
  "cookie",
  "proxy-authorization",
  "sec-websocket-key",
  "set-cookie",
];

/**
 * Checks settings and fills in defaults.
 * @throws {UsageError} naming the setting, what was given and what is accepted.
 */
export function resolveSettings(given: TraceSettings = {}): FullSettings {
  const { maxPayload = MAX_PAYLOAD, redact = [] } = given;
  if (!Number.isInteger(maxPayload) || maxPayload < 0) {
    throw new UsageError(
      `record.maxPayload: expected a number of bytes, got ${String(maxPayload)}`,
    );
  }
  if (redact === false) return { maxPayload, redact: undefined };
  if (!Array.isArray(redact) || !redact.every((name) => typeof name === "string")) {
    throw new UsageError(
      `record.redact: expected a list of header fields or false, got ${String(redact)}`,
    );
  }
  return { maxPayload, redact: new Set([...SECRETS, ...redact.map((name) => name.toLowerCase())]) };
}

/**
 * Checks that `sink` is one, so that a wrong option throws at once.
 * @throws {UsageError} saying what was given and what is accepted.
 */
export function checkSink(sink: unknown): asserts sink is TraceSink {
  const { begin, write, end } = (sink ?? {}) as Partial<TraceSink>;
  if (typeof begin !== "function" || typeof write !== "function" || typeof end !== "function") {
    throw new UsageError(
      `record: expected a trace sink, such as createTraceRing() makes, got ${sink === null ? "null" : typeof sink}`,
    );
  }
  resolveSettings((sink as TraceSink).settings);
}

const counts = new WeakMap<TraceSink, number>();

/** Returns the number of the next connection of `sink`, from 1. */
export function nextConnection(sink: TraceSink): number {
  const count = (counts.get(sink) ?? 0) + 1;
  counts.set(sink, count);
  return count;
}
