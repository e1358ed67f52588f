import type { TraceBytes, TraceEntry, TraceValue } from "../format.ts";
import type { Trace, TraceLine } from "../read.ts";
import { bytesValue, decodeUtf8, isBytes, isCut, sameValue } from "../values.ts";
import { Written } from "./written.ts";

/** The first difference of a replay from its trace. */
export interface Difference {
  /** The line of the trace, from 1. */
  readonly line: number;
  /** The recorded entry, such as `["action", "onText", "hello", true]`; nothing where the machine did more than recorded. */
  readonly expected: readonly TraceValue[] | undefined;
  /** The entry of the replay; nothing where the machine did less. */
  readonly actual: readonly TraceValue[] | undefined;
  readonly message: string;
}

/** Carries out an input or command of a trace. @throws what the machine throws. */
export type Perform = (name: string, values: readonly TraceValue[]) => void;

/**
 * Compares a machine's actions with a trace, entry by entry, and supplies the values it takes: entropy, keys, results of
 * extensions. It compares nothing after the first difference.
 */
export class Player {
  difference: Difference | undefined = undefined;
  /** The reason why the replay stopped before the trace's end, and the line. */
  stopped: { readonly line: number; readonly reason: string } | undefined = undefined;
  /** The number of compared actions. */
  actions = 0;
  private readonly lines: readonly TraceLine[];
  private readonly written = new Written();
  private at = 0;
  private depth = 0;
  private perform: Perform = () => {};

  constructor({ entries }: Trace) {
    this.lines = entries;
  }

  /** Replays all steps. */
  run(perform: Perform): void {
    this.perform = perform;
    while (
      this.difference === undefined &&
      this.stopped === undefined &&
      this.at < this.lines.length
    ) {
      const { line, entry } = this.lines[this.at]!;
      if (entry[1] === "gap")
        this.stopped = {
          line,
          reason: `${entry[2]} lines are missing: a ring or a rotated file has dropped them`,
        };
      else if (!isCall(entry))
        this.differ(line, tail(entry), undefined, "was recorded, and did not happen");
      else this.call(entry);
      this.endStep();
    }
  }

  /** The machine has called an action. */
  action(name: string, values: readonly TraceValue[]): void {
    if (this.difference !== undefined) return;
    this.passWrites();
    this.actions++;
    if (!this.matches("action", name, values)) return;
    this.at++;
    this.nested();
  }

  /** The machine has written. */
  write(bytes: readonly Uint8Array[]): void {
    if (this.difference !== undefined) return;
    this.actions++;
    for (const piece of bytes) this.written.write(piece);
    if (isWrite(this.next())) this.passWrite();
    this.compareWritten(this.written.compare());
  }

  /** The machine takes a value. Returns the recorded one, or nothing where there is none. */
  take(name: string, values: readonly TraceValue[] = []): readonly TraceValue[] | undefined {
    if (this.difference !== undefined) return undefined;
    this.passWrites();
    const entry = this.next();
    if (
      entry?.[1] === "source" &&
      entry[2] === name &&
      values.every((value, index) => sameValue(entry[3 + index], value))
    ) {
      this.at++;
      return entry.slice(3 + values.length) as TraceValue[];
    }
    this.differ(
      this.line,
      entry && tail(entry),
      ["source", name, ...values],
      "the machine takes what was not recorded",
    );
    return undefined;
  }

  /** Returns whether the next entry is a value that the machine took, of this name and these values. */
  takesNext(name: string, values: readonly TraceValue[]): boolean {
    this.passWrites();
    const entry = this.next();
    return (
      entry?.[1] === "source" &&
      entry[2] === name &&
      values.every((value, index) => sameValue(entry[3 + index], value))
    );
  }

  /** Returns the written form of a text payload: a string, or bytes where the recorded one was cut. */
  textOf(bytes: Uint8Array, start: number, end: number): TraceValue {
    this.passWrites();
    if (isBytes(this.next()?.[3] as TraceValue | undefined))
      return bytesValue(bytes.subarray(start, end));
    return decodeUtf8(bytes, start, end);
  }

  /** Ends the replay here: an input cannot be given to the machine again. */
  stop(reason: string): void {
    this.stopped ??= { line: this.line, reason };
  }

  private call(entry: TraceEntry): void {
    const values = entry.slice(4) as TraceValue[];
    const name = String(entry[3]);
    if (values.some(holdsCut)) return this.stop("the payload was cut when it was recorded");
    this.at++;
    const { line } = this;
    try {
      this.perform(name, values);
    } catch (error) {
      return this.threw(line, error);
    }
    if (this.difference !== undefined || this.stopped !== undefined) return;
    const next = this.next();
    if (next?.[1] === "threw")
      this.differ(this.line, tail(next), undefined, "threw when it was recorded, and does not now");
  }

  private threw(line: number, error: unknown): void {
    if (this.difference !== undefined) return;
    this.passWrites();
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const next = this.next();
    if (next?.[1] === "threw" && next[2] === message) this.at++;
    else
      this.differ(line, next && tail(next), ["threw", message], "throws, which was not recorded");
  }

  /** Carries out the calls from inside the action just compared. */
  private nested(): void {
    this.depth++;
    for (let next = this.next(); this.isNested(next); next = this.next()) this.call(next!);
    this.depth--;
  }

  private isNested(entry: TraceEntry | undefined): boolean {
    return (
      this.difference === undefined &&
      this.stopped === undefined &&
      entry !== undefined &&
      isCall(entry) &&
      entry[2] === -this.depth
    );
  }

  private passWrites(): void {
    while (this.difference === undefined && isWrite(this.next())) this.passWrite();
  }

  private passWrite(): void {
    for (const value of (this.next()!.slice(3) as TraceValue[]).flat() as TraceBytes[])
      this.written.expect(value);
    this.at++;
    this.nested();
  }

  private endStep(): void {
    if (this.difference !== undefined || this.stopped !== undefined) return;
    this.passWrites();
    this.compareWritten(this.written.rest());
  }

  private compareWritten(
    different: { readonly expected: TraceValue; readonly actual: TraceValue } | undefined,
  ): void {
    if (different === undefined) return;
    this.differ(
      this.line,
      ["action", "write", different.expected],
      ["action", "write", different.actual],
      "other bytes are written",
    );
  }

  private matches(kind: string, name: string, values: readonly TraceValue[]): boolean {
    const entry = this.next();
    const expected = entry && tail(entry);
    const actual = [kind, name, ...values];
    if (
      expected !== undefined &&
      expected.length === actual.length &&
      expected.every((value, index) => sameValue(value, actual[index]))
    )
      return true;
    const isOther = expected?.[0] !== kind || expected[1] !== name;
    this.differ(
      this.line,
      expected,
      actual,
      isOther ? "something else happens" : "its arguments differ",
    );
    return false;
  }

  private differ(
    line: number,
    expected: readonly TraceValue[] | undefined,
    actual: readonly TraceValue[] | undefined,
    message: string,
  ): void {
    this.difference ??= { line, expected, actual, message };
  }

  private next(): TraceEntry | undefined {
    return this.lines[this.at]?.entry;
  }

  private get line(): number {
    return (this.lines[this.at] ?? this.lines[this.lines.length - 1])?.line ?? 0;
  }
}

const isCall = (entry: TraceEntry): boolean => entry[1] === "input" || entry[1] === "command";

const isWrite = (entry: TraceEntry | undefined): boolean =>
  entry?.[1] === "action" && (entry[2] === "write" || entry[2] === "writeMany");

/** An entry without its connection and time. */
const tail = (entry: TraceEntry): readonly TraceValue[] =>
  isCall(entry)
    ? [entry[1], ...(entry.slice(3) as TraceValue[])]
    : (entry.slice(1) as TraceValue[]);

function holdsCut(value: TraceValue): boolean {
  if (isBytes(value)) return isCut(value);
  if (Array.isArray(value)) return value.some(holdsCut);
  return typeof value === "object" && value !== null && Object.values(value).some(holdsCut);
}
