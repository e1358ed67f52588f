/** The output of the command: messages on standard output, notes about them on standard error. */
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Standard output and error of a command. */
export class Terminal {
  /** Whether events are written as JSON, a line each, for programs. */
  readonly json: boolean;
  /** Aborts when the reader of the output leaves: `| head -1`. */
  readonly broken: AbortSignal;
  readonly quiet: boolean;
  private isBroken = false;

  constructor({ json = false, quiet = false } = {}) {
    this.json = json;
    this.quiet = quiet;
    const controller = new AbortController();
    this.broken = controller.signal;
    // Without a listener, a leaving reader would end the process with a stack trace.
    process.stdout.on("error", () => {
      this.isBroken = true;
      controller.abort();
    });
    process.stderr.on("error", () => {});
  }

  /** Whether standard output is a terminal. */
  get isWatched(): boolean {
    return process.stdout.isTTY && !this.json;
  }

  /** Writes a line, or bytes unchanged, to standard output. */
  write(data: string | Uint8Array): void {
    if (!this.isBroken) process.stdout.write(data);
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }

  /** Writes an event, for programs. */
  event(event: Readonly<Record<string, unknown>>): void {
    this.line(JSON.stringify(event));
  }

  /** Writes an event with the present time. */
  happened(event: Readonly<Record<string, unknown>>): void {
    this.event({ ...event, time: Date.now() });
  }

  /** Writes a note for a person, never among the data. */
  note(text: string): void {
    if (!this.quiet && process.stderr.isTTY && !this.json)
      process.stderr.write(`${this.paint("gray", text, process.stderr)}\n`);
  }

  /** Writes an error. */
  complain(text: string): void {
    process.stderr.write(`${this.paint("red", text, process.stderr)}\n`);
  }

  /** Uses colours on a terminal that has them; heeds `NO_COLOR` and `TERM=dumb`. */
  paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
    return stream.isTTY && stream.hasColors() ? styleText(style, text) : text;
  }
}
