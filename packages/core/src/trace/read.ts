import type { TraceEntry, TraceHead, TraceValue } from "./format.ts";
import { TRACE_VERSION } from "./values.ts";

/** Reports a line that is not of the format, by its number from 1. */
export class TraceError extends Error {
  override readonly name = "TraceError";
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

/** An entry, and the line it is on. */
export interface TraceLine {
  /** From 1. */
  readonly line: number;
  readonly entry: TraceEntry;
}

/** One connection of a trace. */
export interface Trace {
  readonly head: TraceHead;
  readonly entries: readonly TraceLine[];
}

/** Brings the lines of an earlier version to the present one, one step each. None is needed yet: this is version 1. */
const MIGRATIONS: Readonly<Record<number, (trace: Trace) => Trace>> = {};

const KINDS = [
  "websocket-server",
  "websocket-client",
  "event-stream-server",
  "event-stream-client",
];

/**
 * Reads a trace: the connections in it, in the order they began. Every version of the format up to this one is read.
 * @param text JSON Lines, or the lines; empty ones are passed over
 * @throws {TraceError} for a line that is no JSON, no entry, of a connection without a head, or of a version to come
 */
export function readTraces(text: string | Iterable<string>): Trace[] {
  const lines = typeof text === "string" ? wholeLines(text) : text;
  const traces = new Map<number, { head: TraceHead; entries: TraceLine[] }>();
  const all: { head: TraceHead; entries: TraceLine[] }[] = [];
  let line = 0;
  for (const each of lines) {
    line++;
    if (each.trim() === "") continue;
    const entry = readTraceLine(each, line);
    if (isEntry(entry)) {
      const trace = traces.get(entry[0]);
      if (trace === undefined)
        throw new TraceError(line, `connection ${entry[0]} has no head before this`);
      trace.entries.push({ line, entry });
    } else {
      const head = entry;
      if (
        traces.get(head.connection)?.head.startedAt === head.startedAt &&
        traces.has(head.connection)
      )
        continue; // a file that goes on
      const trace = { head, entries: [] };
      traces.set(head.connection, trace);
      all.push(trace);
    }
  }
  return all.map(migrated);
}

/** Reads one line of a trace: a head, or an entry. @throws {TraceError} for another */
export function readTraceLine(text: string, line: number): TraceHead | TraceEntry {
  const value = parse(text, line);
  return Array.isArray(value) ? entryOf(value, line) : headOf(value, line);
}

/** Tells entries from heads. */
export function isEntry(line: TraceHead | TraceEntry): line is TraceEntry {
  return Array.isArray(line);
}

/** The lines of a text. The last is left out where the process that wrote it ended within it. */
function wholeLines(text: string): string[] {
  const lines = text.split("\n");
  const last = lines.pop()!;
  if (last.trim() !== "" && /[\]}]\s*$/.test(last)) lines.push(last);
  return lines;
}

function parse(text: string, line: number): TraceValue {
  try {
    return JSON.parse(text) as TraceValue;
  } catch {
    throw new TraceError(line, `this is no JSON: ${text.slice(0, 60)}`);
  }
}

function headOf(value: TraceValue, line: number): TraceHead {
  const head = value as Partial<TraceHead> | null;
  if (typeof head !== "object" || typeof head?.sansocketTrace !== "number") {
    throw new TraceError(line, "expected a head with the member sansocketTrace, or an entry");
  }
  const { sansocketTrace, connection, kind } = head;
  if (sansocketTrace > TRACE_VERSION) {
    throw new TraceError(
      line,
      `version ${sansocketTrace} of the format is newer than this library, which reads up to ${TRACE_VERSION}`,
    );
  }
  if (!Number.isInteger(connection))
    throw new TraceError(line, "a head needs the number of its connection");
  if (kind === undefined || !KINDS.includes(kind))
    throw new TraceError(line, `kind: expected ${KINDS.join(", ")}, got ${String(kind)}`);
  if (typeof head.options !== "object")
    throw new TraceError(line, "a head needs the options of its connection");
  return { redacted: [], ...head } as TraceHead;
}

function entryOf(value: readonly TraceValue[], line: number): TraceEntry {
  const [connection, kind, third, fourth] = value;
  if (typeof connection !== "number")
    throw new TraceError(line, "an entry begins with the number of its connection");
  const isRight =
    kind === "input" || kind === "command"
      ? typeof third === "number" && typeof fourth === "string"
      : kind === "action" || kind === "source" || kind === "threw"
        ? typeof third === "string"
        : kind === "gap" && typeof third === "number";
  if (!isRight)
    throw new TraceError(line, `this is no entry: ${JSON.stringify(value).slice(0, 60)}`);
  return value as unknown as TraceEntry;
}

function migrated(trace: Trace): Trace {
  let { sansocketTrace: version } = trace.head;
  let newer = trace;
  for (; version < TRACE_VERSION; version++) newer = MIGRATIONS[version]!(newer);
  return newer;
}
