import { createInterface, type Interface } from "node:readline";

/**
 * The lines of standard input, one at a time. A line that was read and not taken waits for the next caller, so that a lost connection
 * loses no line.
 */
export class Lines {
  private readonly readline: Interface;
  private readonly iterator: AsyncIterator<string>;
  private pending: Promise<string | undefined> | undefined = undefined;

  /** @param onInterrupt called on Ctrl-C, which readline receives on a terminal */
  constructor(onInterrupt: () => void) {
    const isTerminal = process.stdin.isTTY;
    this.readline = createInterface({
      input: process.stdin,
      ...(isTerminal && { output: process.stderr, prompt: "> ", terminal: true }),
      crlfDelay: Infinity,
    });
    this.readline.on("SIGINT", onInterrupt);
    this.iterator = this.readline[Symbol.asyncIterator]();
  }

  /** The next line; `undefined` at the end. The same until {@link take} is called. */
  peek(): Promise<string | undefined> {
    return (this.pending ??= this.iterator
      .next()
      .then(({ done, value }) => (done === true ? undefined : value)));
  }

  /** Drops the line that {@link peek} returned. */
  take(): void {
    this.pending = undefined;
  }

  /** On a terminal: prompts for the next line. */
  prompt(): void {
    if (process.stdin.isTTY) this.readline.prompt(true);
  }

  close(): void {
    this.readline.close();
    process.stdin.unref?.();
  }
}
