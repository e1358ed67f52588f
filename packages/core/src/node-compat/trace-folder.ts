import { checkOptions } from "../names.ts";
import type { TraceSettings, TraceSink } from "../trace/record/sink.ts";
import { countLines, gapLine } from "../trace/ring.ts";
import { copyOf } from "../trace/values.ts";
import { UsageError } from "../violation.ts";

/** The part of `node:fs` that a folder of traces uses. */
export interface TraceFiles {
  mkdirSync(path: string, options: { recursive: true }): unknown;
  openSync(path: string, flags: "a", mode: number): number;
  writeSync(file: number, bytes: Uint8Array): number;
  closeSync(file: number): void;
  unlinkSync(path: string): void;
}

/** The options of a folder of traces. */
export interface TraceFolderOptions extends TraceSettings {
  /** The size in bytes at which the next file begins. @defaultValue 67_108_864 (64 MiB): an editor opens it */
  readonly fileBytes?: number | undefined;
  /** The number of files kept; the oldest is deleted. @defaultValue 4 */
  readonly files?: number | undefined;
}

/** A connection that has begun and not ended. */
interface Open {
  readonly head: Uint8Array;
  /** The file its head is in. */
  file: number;
  /** Lines of it that went to earlier files. */
  lines: number;
}

/**
 * Writes traces to a folder, in files that rotate: `PID-TIME-1.jsonl` and so on, readable by their owner alone. A step is written when it
 * ends, so after a crash the file has the steps before it.
 */
export class TraceFolder implements TraceSink {
  readonly settings: TraceSettings;
  private readonly fs: TraceFiles;
  private readonly stem: string;
  private readonly fileBytes: number;
  private readonly files: number;
  private readonly open = new Map<number, Open>();
  private handle: number | undefined = undefined;
  private number = 0;
  private size = 0;

  constructor(fs: TraceFiles, stem: string, options: TraceFolderOptions) {
    checkOptions("recordTo", options, ["fileBytes", "files", "maxPayload", "redact"]);
    const { fileBytes = 67_108_864, files = 4, ...settings } = options;
    this.fs = fs;
    this.stem = stem;
    this.fileBytes = checked("fileBytes", fileBytes);
    this.files = checked("files", files);
    this.settings = settings;
  }

  begin(connection: number, head: Uint8Array): void {
    this.rotate(head.length);
    this.put(head);
    this.open.set(connection, { head: copyOf(head), file: this.number, lines: 0 });
  }

  write(connection: number, lines: Uint8Array, count: number = countLines(lines)): void {
    const known = this.open.get(connection);
    if (known === undefined) return;
    this.rotate(lines.length);
    if (known.file !== this.number) {
      this.put(known.head);
      this.put(gapLine(connection, known.lines));
      known.file = this.number;
    }
    this.put(lines);
    known.lines += count;
  }

  end(connection: number): void {
    this.open.delete(connection);
  }

  /** Begins the next file where the present one is full, or there is none. */
  private rotate(more: number): void {
    if (this.handle !== undefined && this.size + more <= this.fileBytes) return;
    if (this.handle !== undefined) this.fs.closeSync(this.handle);
    this.handle = this.fs.openSync(this.path(++this.number), "a", 0o600);
    this.size = 0;
    if (this.number > this.files) this.fs.unlinkSync(this.path(this.number - this.files));
  }

  private put(bytes: Uint8Array): void {
    this.size += bytes.length;
    for (let at = 0; at < bytes.length;) {
      at += this.fs.writeSync(this.handle!, at === 0 ? bytes : bytes.subarray(at));
    }
  }

  private path(number: number): string {
    return `${this.stem}-${number}.jsonl`;
  }
}

function checked(name: string, value: unknown): number {
  if (Number.isInteger(value) && (value as number) > 0) return value as number;
  throw new UsageError(`${name}: expected a whole number from 1, got ${String(value)}`);
}

/**
 * Makes a folder of traces, and the folder where it is missing.
 * @param pid tells the files of processes apart that share the folder
 * @throws {UsageError} for an option out of range; the errors of `mkdirSync`.
 */
export function createTraceFolder(
  fs: TraceFiles,
  pid: number,
  folder: string,
  options: TraceFolderOptions = {},
): TraceFolder {
  if (typeof folder !== "string" || folder === "")
    throw new UsageError(`recordTo: expected the path of a folder, got ${String(folder)}`);
  const traces = new TraceFolder(fs, `${folder}/${pid}-${Date.now()}`, options);
  fs.mkdirSync(folder, { recursive: true });
  return traces;
}

/** The parts of a process for recording. */
export interface RecordingProcess {
  /** Read when a folder is made, so a getter may load it then. */
  readonly fs: TraceFiles;
  readonly pid: number;
  /** Reads the environment variable `SANSOCKET_RECORD`. */
  folder(): string | undefined;
}

/** How an adapter records. */
export interface ProcessRecorder {
  /**
   * Makes a sink for the option `record`: traces in files of `folder`, which rotate. The environment variable `SANSOCKET_RECORD=folder`
   * does the same for every connection of a process.
   * @throws {UsageError} for an option that is out of range; what `mkdirSync` throws.
   */
  recordTo(this: void, folder: string, options?: TraceFolderOptions): TraceFolder;
  /** Returns the sink of the whole process, where `SANSOCKET_RECORD` names a folder. The variable is read at the first connection. */
  processRecord(this: void): TraceFolder | undefined;
}

/** Makes the recorder of a process. */
export function processRecorder(host: RecordingProcess): ProcessRecorder {
  let folder: string | undefined;
  let sink: TraceFolder | undefined;
  const recordTo: ProcessRecorder["recordTo"] = (path, options) =>
    createTraceFolder(host.fs, host.pid, path, options);
  return {
    recordTo,
    processRecord() {
      folder ??= host.folder() ?? "";
      if (folder === "") return undefined;
      return (sink ??= recordTo(folder));
    },
  };
}
