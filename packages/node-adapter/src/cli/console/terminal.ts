/** Where the command writes: messages on standard output, all that is about them on standard error. */
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Standard output and error of a command. */
export class Terminal {
  /** Whether events are told as JSON, a line each, for programs. */
  readonly json: boolean;
  /** Aborts when nobody reads any more what is written: `| head -1`. */
  readonly broken: AbortSignal;
  readonly quiet: boolean;
  private isBroken = false;

  constructor({ json = false, quiet = false } = {}) {
    this.json = json;
    this.quiet = quiet;
    const controller = new AbortController();
    this.broken = controller.signal;
    // Without a listener a reader that leaves would end the process with a stack trace.
    process.stdout.on("error", () => {
      this.isBroken = true;
      controller.abort();
    });
    process.stderr.on("error", () => {});
  }

  /** Whether a person sees what is written on standard output. */
  get isWatched(): boolean {
    return process.stdout.isTTY && !this.json;
  }

  /** A line, or bytes as they are, on standard output. */
  write(data: string | Uint8Array): void {
    if (!this.isBroken) process.stdout.write(data);
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }

  /** An event, for programs. */
  event(event: Readonly<Record<string, unknown>>): void {
    this.line(JSON.stringify(event));
  }

  /** An event that has a time, which is now. */
  happened(event: Readonly<Record<string, unknown>>): void {
    this.event({ ...event, time: Date.now() });
  }

  /** Something about what happens: to a person, never among the data. */
  note(text: string): void {
    if (!this.quiet && process.stderr.isTTY && !this.json)
      process.stderr.write(`${this.paint("gray", text, process.stderr)}\n`);
  }

  /** What went wrong. */
  complain(text: string): void {
    process.stderr.write(`${this.paint("red", text, process.stderr)}\n`);
  }

  /** Colours on a terminal that has them; `NO_COLOR` and `TERM=dumb` are heeded. */
  paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
    return stream.isTTY && stream.hasColors() ? styleText(style, text) : text;
  }
}
