/** Progress of long transfers, in either direction. */
import { FrameDecoder, type FrameSink } from "@sansocket/core";
import type { ConnectionObserver } from "@sansocket/core/shell";
import type { Terminal } from "../console/terminal.ts";

/** From this size on a transfer has a progress bar: smaller transfers end before anyone reads it. */
const LONG = 1_048_576;
const WIDTH = 30;

/** Where a bar is drawn. */
export interface BarOutput {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** A bar for one transfer after another, on standard error where that is a terminal. */
export class ProgressBar {
  private readonly output: BarOutput;
  private readonly verb: string;
  private size: number | undefined = undefined;
  private done = 0;
  private shown = -1;

  constructor(verb: "sent" | "received", output: BarOutput = process.stderr) {
    this.verb = verb;
    this.output = output;
  }

  /** A transfer begins; its size may be unknown. */
  begin(size: number | undefined): void {
    this.end();
    this.size = size;
    this.done = 0;
  }

  /** So many bytes more are done. */
  add(bytes: number): void {
    this.done += bytes;
    const { done, size } = this;
    if ((size ?? done) < LONG) return;
    // A step is a hundredth, or a megabyte.
    const step = Math.floor(size === undefined ? done / LONG : (100 * done) / size);
    if (step === this.shown) return;
    this.shown = step;
    const megabytes = `${(done / 1e6).toFixed(1)} MB ${this.verb}`;
    const full = Math.round((WIDTH * step) / 100);
    const bar = size === undefined ? "" : `[${"#".repeat(full).padEnd(WIDTH)}] ${step} % `;
    this.output.write(`\r${bar}${megabytes}\u001b[K`);
  }

  /** The transfer is over: the bar goes. */
  end(): void {
    if (this.shown >= 0) this.output.write("\r\u001b[K");
    this.shown = -1;
  }
}

/** Returns whether anyone sees a bar. */
export function seesProgress({ quiet, json }: Terminal): boolean {
  return process.stderr.isTTY && !quiet && !json;
}

/** The end of an HTTP head. */
const BLANK_LINE = "\r\n\r\n";

/** Shows how much of a long message has come: an observer of a client's connection, which reads its frames' headers. */
export class IncomingProgress implements ConnectionObserver, FrameSink {
  private readonly bar: ProgressBar;
  private readonly decoder = new FrameDecoder(this, false);
  /** The bytes before the first frame, while they may be an HTTP head. */
  private head: string | undefined = "";
  private isData = false;
  private isLast = false;
  private isBroken = false;

  constructor(bar: ProgressBar) {
    this.bar = bar;
    // Whatever was agreed on, the connection itself checks it.
    this.decoder.allowedRsv = 7;
  }

  onBytes(direction: "in" | "out", bytes: Uint8Array): void {
    if (direction === "out" || this.isBroken) return;
    const start = this.head === undefined ? 0 : this.behindHead(bytes);
    if (start < bytes.length) this.decoder.decode(bytes, start, bytes.length);
  }

  onState(path: string): void {
    if (path === "closed") this.bar.end();
  }

  /** Returns where frames begin in `bytes`; over HTTP/2 there is no head. */
  private behindHead(bytes: Uint8Array): number {
    const before = this.head!.length;
    const text = this.head! + Buffer.from(bytes).toString("latin1");
    const end = text.indexOf(BLANK_LINE);
    const isHead = "HTTP/".startsWith(text.slice(0, 5));
    this.head = isHead && end < 0 ? text : undefined;
    if (!isHead) return 0;
    return end < 0 ? bytes.length : end + BLANK_LINE.length - before;
  }

  frameBegin(opcode: number, fin: boolean, _rsv: number, length: number): boolean {
    this.isData = opcode < 8;
    this.isLast = fin;
    if (opcode === 1 || opcode === 2) this.bar.begin(fin ? length : undefined);
    return true;
  }

  framePayload(_bytes: Uint8Array, start: number, end: number, last: boolean): boolean {
    if (!this.isData) return true;
    this.bar.add(end - start);
    if (last && this.isLast) this.bar.end();
    return true;
  }

  frameViolation(): false {
    this.isBroken = true;
    this.bar.end();
    return false;
  }
}
