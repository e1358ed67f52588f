import { checkOptions } from "../names.ts";
import { UsageError } from "../violation.ts";
import { copyOf } from "./values.ts";
import type { TraceSettings, TraceSink } from "./record/sink.ts";

/** The options of {@link createTraceRing}. */
export interface TraceRingOptions extends TraceSettings {
  /** The most memory that lines take, in bytes. @defaultValue 4_194_304 (4 MiB): some thousand messages */
  readonly bytes?: number | undefined;
}

/** One sixteenth of the ring goes at a time. */
const SEGMENTS = 16;

/** Lines of one step of a connection. */
interface Block {
  readonly connection: number;
  readonly lines: number;
}

/** Memory that is filled once, and then dropped whole: a step allocates nothing but its {@link Block}. */
interface Segment {
  readonly bytes: Uint8Array;
  /** `bytes[0, size)` are lines of `blocks`. */
  size: number;
  readonly blocks: Block[];
}

interface Known {
  readonly head: Uint8Array;
  /** Lines that were dropped. */
  dropped: number;
  /** Blocks that are still there. */
  blocks: number;
  ended: boolean;
}

/**
 * Keeps the last lines of a process's connections in bounded memory: a flight recorder, to read after a failure.
 * The oldest steps go first; the heads of connections stay as long as a line of theirs, or they themselves, do.
 */
export class TraceRing implements TraceSink {
  readonly settings: TraceSettings;
  private readonly most: number;
  private readonly unit: number;
  private segments: Segment[] = [];
  private capacity = 0; // of all segments
  private readonly known = new Map<number, Known>();

  constructor(options: TraceRingOptions = {}) {
    checkOptions("createTraceRing", options, ["bytes", "maxPayload", "redact"]);
    const { bytes = 4_194_304, ...settings } = options;
    if (!Number.isInteger(bytes) || bytes < 1)
      throw new UsageError(`bytes: expected a whole number from 1, got ${String(bytes)}`);
    this.settings = settings;
    this.most = bytes;
    this.unit = Math.ceil(bytes / SEGMENTS);
  }

  begin(connection: number, head: Uint8Array): void {
    this.known.set(connection, { head: copyOf(head), dropped: 0, blocks: 0, ended: false });
  }

  write(connection: number, lines: Uint8Array, count: number = countLines(lines)): void {
    const known = this.known.get(connection);
    if (known === undefined) return;
    let segment = this.segments.at(-1);
    if (segment === undefined || segment.size + lines.length > segment.bytes.length)
      segment = this.next(lines.length);
    if (segment === undefined) {
      // Larger than the ring: all that was there has gone, and so has this.
      known.dropped += count;
      return;
    }
    segment.bytes.set(lines, segment.size);
    segment.size += lines.length;
    segment.blocks.push({ connection, lines: count });
    known.blocks++;
  }

  end(connection: number): void {
    const known = this.known.get(connection);
    if (known === undefined) return;
    known.ended = true;
    this.forget(connection, known);
  }

  /** The bytes of held lines. */
  get bytes(): number {
    return this.segments.reduce((total, { size }) => total + size, 0);
  }

  /** Returns the trace: heads, a note of missing lines, and lines in the order they were written. */
  pieces(): Uint8Array[] {
    const heads = [...this.known].flatMap(([connection, { head, dropped }]) =>
      dropped === 0 ? [head] : [head, gapLine(connection, dropped)],
    );
    // Copies: the memory is used again.
    return [...heads, ...this.segments.map(({ bytes, size }) => copyOf(bytes.subarray(0, size)))];
  }

  /** Drops all lines. The recording of open connections goes on. */
  clear(): void {
    while (this.segments.length > 0) this.drop();
  }

  /** Makes room for `size` bytes more; `undefined` where the ring is smaller than that. */
  private next(size: number): Segment | undefined {
    const wanted = Math.max(size, this.unit);
    let freed: Uint8Array | undefined;
    while (this.segments.length > 0 && this.capacity + wanted > this.most) freed = this.drop();
    if (size > this.most) return undefined;
    const usual = Math.min(wanted, this.most);
    const bytes = freed?.length === usual ? freed : new Uint8Array(usual);
    const segment = { bytes, size: 0, blocks: [] };
    this.capacity += bytes.length;
    this.segments.push(segment);
    return segment;
  }

  /** Drops the oldest segment. @returns its memory */
  private drop(): Uint8Array {
    const { bytes, blocks } = this.segments.shift()!;
    this.capacity -= bytes.length;
    for (const { connection, lines } of blocks) {
      const known = this.known.get(connection)!;
      known.dropped += lines;
      known.blocks--;
      this.forget(connection, known);
    }
    return bytes;
  }

  private forget(connection: number, known: Known): void {
    if (known.ended && known.blocks === 0) this.known.delete(connection);
  }
}

/** Makes a flight recorder in memory: a {@link TraceRing}. @throws {UsageError} for a size that is no whole number from 1. */
export function createTraceRing(options?: TraceRingOptions): TraceRing {
  return new TraceRing(options);
}

/** Returns the line that says how many lines of a connection are missing. */
export function gapLine(connection: number, lines: number): Uint8Array {
  return Uint8Array.from(`[${connection},"gap",${lines}]\n`, (character) =>
    character.charCodeAt(0),
  );
}

/** Returns the number of lines. */
export function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
