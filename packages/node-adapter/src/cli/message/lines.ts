import { createInterface, type Interface } from "node:readline";

/**
 * The lines of standard input, one at a time. A line that was asked for and not taken waits for whoever asks next, so that none is
 * lost when a connection is.
 */
export class Lines {
  private readonly readline: Interface;
  private readonly iterator: AsyncIterator<string>;
  private pending: Promise<string | undefined> | undefined = undefined;

  /** @param onInterrupt Ctrl-C, which on a terminal readline hears */
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

  /** The line that was peeked at is dealt with. */
  take(): void {
    this.pending = undefined;
  }

  /** On a terminal: asks for the next line. */
  prompt(): void {
    if (process.stdin.isTTY) this.readline.prompt(true);
  }

  close(): void {
    this.readline.close();
    process.stdin.unref?.();
  }
}
