/** A trace that is still being written, read on as it grows. */
import { closeSync, openSync, readSync, unwatchFile, watchFile } from "node:fs";
import { basename } from "node:path";
import { LiveLint, type LintReport } from "@sansocket/core/lint";
import { TraceError } from "@sansocket/core/trace";
import { CommandError, EXIT, messageOf } from "../console/exit.ts";
import { nodeLintTools } from "../lint/tools.ts";
import type { Source } from "./page.ts";

/** How often the file is looked at, in milliseconds. */
const LOOK_EVERY = 200;
const CHUNK = 1_048_576;

/** Reads a trace from its beginning, and tells of what is added to it. */
export class GrowingTrace implements Source {
  readonly name: string;
  /** Calls a listener after changes, until the caller calls the returned function. */
  readonly watch = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  private readonly live = new LiveLint(nodeLintTools);
  private readonly path: string;
  private readonly file: number;
  private readonly listeners = new Set<() => void>();
  private readonly begun = new Set<string>();
  private readonly look = (): void => {
    try {
      if (!this.read()) return;
    } catch {
      // A line that is none of a trace: what came before it stays in view.
      unwatchFile(this.path, this.look);
    }
    for (const listener of this.listeners) listener();
  };
  private at = 0;
  private rest = Buffer.alloc(0);

  /** @throws {CommandError} for a file that cannot be read, or is no trace */
  constructor(path: string) {
    this.path = path;
    this.name = basename(path);
    try {
      this.file = openSync(path, "r");
      this.read();
    } catch (error) {
      throw new CommandError(EXIT.unreadable, `${path}: ${messageOf(error)}`, { cause: error });
    }
    watchFile(path, { interval: LOOK_EVERY }, this.look);
  }

  report(): LintReport {
    return this.live.report();
  }

  close(): void {
    unwatchFile(this.path, this.look);
    closeSync(this.file);
  }

  /** Reads what is new. Returns whether there was a whole line of it. */
  private read(): boolean {
    const chunk = Buffer.alloc(CHUNK);
    let isNew = false;
    for (;;) {
      const size = readSync(this.file, chunk, 0, CHUNK, this.at);
      if (size === 0) return isNew;
      this.at += size;
      const bytes = Buffer.concat([this.rest, chunk.subarray(0, size)]);
      const end = bytes.lastIndexOf(10) + 1;
      this.rest = Buffer.from(bytes.subarray(end));
      for (let at = 0; at < end;) {
        const next = bytes.indexOf(10, at) + 1;
        this.take(bytes.subarray(at, next));
        at = next;
      }
      isNew ||= end > 0;
    }
  }

  private take(line: Buffer): void {
    const entry = /^\[(\d+),/.exec(line.toString("latin1", 0, 24));
    if (entry !== null) return this.live.write(Number(entry[1]), line);
    const text = line.toString();
    if (text.trim() === "") return;
    const { connection, startedAt } = headOf(text);
    // A file of a rotation repeats the heads.
    const key = `${connection} ${String(startedAt)}`;
    if (this.begun.has(key)) return;
    this.begun.add(key);
    this.live.begin(connection, line);
  }
}

function headOf(text: string): { connection: number; startedAt?: unknown } {
  try {
    const head = JSON.parse(text) as { sansocketTrace?: unknown; connection: number };
    if (head.sansocketTrace !== undefined) return head;
  } catch {
    // The same complaint.
  }
  throw new TraceError(1, "this is no trace, and only a trace can be followed");
}
