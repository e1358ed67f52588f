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
  readonly bytes: Uint8Array;
  readonly lines: number;
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
  private blocks: Block[] = [];
  private size = 0;
  private readonly known = new Map<number, Known>();

  constructor(options: TraceRingOptions = {}) {
    checkOptions("createTraceRing", options, ["bytes", "maxPayload", "redact"]);
    const { bytes = 4_194_304, ...settings } = options;
    if (!Number.isInteger(bytes) || bytes < 1)
      throw new UsageError(`bytes: expected a whole number from 1, got ${String(bytes)}`);
    this.settings = settings;
    this.most = bytes;
  }

  begin(connection: number, head: Uint8Array): void {
    this.known.set(connection, { head: copyOf(head), dropped: 0, blocks: 0, ended: false });
  }

  write(connection: number, lines: Uint8Array): void {
    const known = this.known.get(connection);
    if (known === undefined) return;
    this.blocks.push({ connection, bytes: copyOf(lines), lines: countLines(lines) });
    this.size += lines.length;
    known.blocks++;
    if (this.size > this.most) this.drop();
  }

  end(connection: number): void {
    const known = this.known.get(connection);
    if (known === undefined) return;
    known.ended = true;
    this.forget(connection, known);
  }

  /** The bytes of held lines. */
  get bytes(): number {
    return this.size;
  }

  /** Returns the trace: heads, a note of missing lines, and lines in the order they were written. */
  pieces(): Uint8Array[] {
    const heads = [...this.known].flatMap(([connection, { head, dropped }]) =>
      dropped === 0 ? [head] : [head, gapLine(connection, dropped)],
    );
    return [...heads, ...this.blocks.map(({ bytes }) => bytes)];
  }

  /** Drops all lines. The recording of open connections goes on. */
  clear(): void {
    this.remove(this.blocks.length);
  }

  /** Makes room: not block by block, since to take from the front of a list moves the rest. */
  private drop(): void {
    const aim = this.most - this.most / SEGMENTS;
    let left = this.size;
    let count = 0;
    while (left > aim && count < this.blocks.length) left -= this.blocks[count++]!.bytes.length;
    this.remove(count);
  }

  private remove(count: number): void {
    for (const { connection, bytes, lines } of this.blocks.splice(0, count)) {
      const known = this.known.get(connection)!;
      this.size -= bytes.length;
      known.dropped += lines;
      known.blocks--;
      this.forget(connection, known);
    }
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

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
