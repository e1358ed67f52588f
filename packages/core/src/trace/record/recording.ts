import type { Platform } from "../../platform.ts";
import type { TraceHead, TraceKind, TraceValue } from "../format.ts";
import { defined, TRACE_VERSION } from "../values.ts";
import { latin1, LineWriter } from "./lines.ts";
import { redactEntries, redactFields } from "./redact.ts";
import { type FullSettings, nextConnection, type RecordOptions, resolveSettings } from "./sink.ts";

export const INPUT = latin1(',"input",');
export const COMMAND = latin1(',"command",');
const ACTION = latin1(',"action"');
const SOURCE = latin1(',"source"');
const THREW = latin1(',"threw"');

/** The machine's state that a {@link Recording} reads after each step. */
export interface Recorded {
  /** Whether the opening still goes on: until its end lines are held back, to take secrets out of them. */
  readonly isOpening: boolean;
  /** Whether the machine has ended. */
  readonly isOver: boolean;
}

/** Returns the constant for a name inside a line. */
export function nameOf(name: string): Uint8Array {
  return latin1(`,"${name}"`);
}

/**
 * Writes the trace of one connection. A step is an input or command with all its effects; its lines go
 * to the sink together when it ends.
 */
export class Recording {
  readonly lines: LineWriter;
  /** The number of running actions: calls come from inside them. */
  depth = 0;
  private readonly id: number;
  private readonly options: RecordOptions;
  private readonly settings: FullSettings;
  readonly platform: Platform;
  /** The most bytes kept of one payload. */
  readonly most: number;
  private readonly startedAt: number;
  private machine: Recorded | undefined = undefined;
  private calls = 0; // inputs and commands under way
  private holding: boolean;
  /** Whether a server's response has still to be written: it may wait with messages for the end of a turn. */
  private owesHead = false;
  private over = false;

  constructor(options: RecordOptions, platform: Platform) {
    const { sink, context } = options;
    this.options = options;
    this.platform = platform;
    this.settings = resolveSettings(sink.settings);
    this.most = this.settings.maxPayload;
    this.lines = new LineWriter(platform, this.settings.maxPayload);
    this.holding = this.settings.redact !== undefined;
    this.id = nextConnection(sink);
    this.startedAt = context.now();
  }

  /** Writes the head. Call it once, before the machine is made: making it may take entropy. */
  begin(
    kind: TraceKind,
    options: object,
    request?: { [name: string]: TraceValue },
    agreed?: { [name: string]: TraceValue },
  ): void {
    const { context, sink } = this.options;
    const { redact } = this.settings;
    this.owesHead = kind === "websocket-server" && agreed === undefined;
    const head: TraceHead = {
      sansocketTrace: TRACE_VERSION,
      connection: this.id,
      kind,
      ...defined({
        startedAt: context.wallClock?.(),
        runtime: context.runtime,
        library: context.library,
      }),
      options: defined(options as { [name: string]: TraceValue }),
      ...(request === undefined
        ? {}
        : { request: redactFields(request, redact) as { [name: string]: TraceValue } }),
      ...(agreed === undefined ? {} : { agreed }),
      redacted: redact === undefined ? [] : [...redact, "?"],
    };
    const line = this.platform.encodeUtf8(`${JSON.stringify(head)}\n`);
    this.guard(() => {
      sink.begin(this.id, line);
    });
  }

  /** Names the machine, once it is made. */
  attach(machine: Recorded): void {
    this.machine = machine;
    this.flush();
  }

  /** Begins the line of an input or command; its arguments and {@link ready} follow, then the call, then {@link done}. */
  call(kind: Uint8Array, name: Uint8Array): LineWriter {
    const { lines, depth } = this;
    this.calls++;
    lines.begin(this.id, kind);
    lines.number(
      depth > 0 ? -depth : Math.round((this.options.context.now() - this.startedAt) * 1000),
    );
    lines.constant(name);
    return lines;
  }

  /** Begins the line of an action, likewise. */
  action(name: Uint8Array): LineWriter {
    const { lines } = this;
    lines.begin(this.id, ACTION);
    lines.constant(name);
    return lines;
  }

  /** Bytes were written: those of a response come first. */
  wrote(): void {
    this.owesHead = false;
  }

  /** Begins the line of a value that the machine took. */
  source(name: Uint8Array): LineWriter {
    const { lines } = this;
    lines.begin(this.id, SOURCE);
    lines.constant(name);
    return lines;
  }

  /** Records that a command threw. */
  threw(error: unknown): void {
    this.lines.begin(this.id, THREW);
    this.lines.text(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    this.lines.end();
  }

  /** The input or command has returned. */
  done(): void {
    if (--this.calls === 0) this.flush();
  }

  /** Writes an input or command whose cost does not matter, around `run`. */
  around<T>(kind: Uint8Array, name: string, values: readonly TraceValue[], run: () => T): T {
    const lines = this.call(kind, nameOf(name));
    for (const value of values) lines.value(value);
    lines.end();
    try {
      return run();
    } catch (error) {
      this.threw(error);
      throw error;
    } finally {
      this.done();
    }
  }

  /** Writes an action whose cost does not matter, and carries it out. */
  emit(name: string, values: readonly TraceValue[], run: () => void): void {
    const lines = this.action(nameOf(name));
    for (const value of values) lines.value(value);
    lines.end();
    this.depth++;
    try {
      run();
    } finally {
      this.depth--;
    }
  }

  /** Writes a value that the machine took. */
  take(name: string, values: readonly TraceValue[]): void {
    const lines = this.source(nameOf(name));
    for (const value of values) lines.value(value);
    lines.end();
  }

  private flush(): void {
    const { lines, machine } = this;
    if (this.over) return lines.clear();
    if (this.holding) {
      if (machine === undefined || machine.isOpening) return;
      if (this.owesHead && !machine.isOver) return;
      this.holding = false;
      this.redactHeld();
    }
    if (lines.size > 0)
      this.guard(() => {
        this.options.sink.write(this.id, lines.bytes.subarray(0, lines.size), lines.count);
      });
    lines.clear();
    if (!this.over && machine?.isOver === true) {
      this.over = true;
      this.guard(() => {
        this.options.sink.end(this.id);
      });
    }
  }

  /** The opening is over: takes secrets out of the lines held back. */
  private redactHeld(): void {
    const { lines, platform, settings } = this;
    const text = platform.decodeUtf8(lines.bytes, 0, lines.size, false);
    const entries = text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
    lines.clear();
    for (const entry of redactEntries(entries, settings.redact)) {
      lines.raw(`${JSON.stringify(entry)}\n`);
      lines.count++;
    }
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.over = true;
      this.options.context.onError?.(error);
    }
  }
}
