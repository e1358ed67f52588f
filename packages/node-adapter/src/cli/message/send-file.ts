import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { WebSocket } from "@sansocket/core/shell";
import { CommandError, EXIT, messageOf } from "../console/exit.ts";
import type { Terminal } from "../console/terminal.ts";

/** From this size on a transfer has a progress bar: smaller transfers end before anyone reads it. */
const LONG = 1_048_576;
const WIDTH = 30;

/**
 * Sends a file as one binary message, however large, with a progress bar on a terminal. `-` is standard input.
 * @returns whether all of it was sent
 * @throws {CommandError} where the file cannot be read
 */
export async function sendFile(
  socket: WebSocket,
  file: string,
  terminal: Terminal,
): Promise<boolean> {
  const size = file === "-" ? undefined : await sizeOf(file);
  const source = file === "-" ? process.stdin : createReadStream(file);
  const bar = new ProgressBar(size, terminal);
  try {
    return await socket.sendStream(bar.watching(source), { binary: true });
  } finally {
    bar.end();
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw new Error(`${file} is no file`);
    return found.size;
  } catch (error) {
    throw new CommandError(EXIT.unreadable, messageOf(error));
  }
}

/** A bar on standard error, where that is a terminal. */
class ProgressBar {
  private readonly size: number | undefined;
  private readonly isShown: boolean;
  private sent = 0;
  private shown = -1;

  constructor(size: number | undefined, terminal: Terminal) {
    this.size = size;
    this.isShown =
      process.stderr.isTTY &&
      !terminal.quiet &&
      !terminal.json &&
      (size === undefined || size >= LONG);
  }

  async *watching(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      yield chunk;
      this.sent += chunk.length;
      this.draw();
    }
  }

  end(): void {
    if (this.shown >= 0) process.stderr.write("\r\u001b[K");
  }

  private draw(): void {
    if (!this.isShown) return;
    const part = this.size === undefined ? this.sent / LONG : (100 * this.sent) / this.size;
    if (Math.floor(part) === this.shown) return;
    this.shown = Math.floor(part);
    const megabytes = `${(this.sent / 1e6).toFixed(1)} MB`;
    const done = Math.round((WIDTH * this.shown) / 100);
    const line =
      this.size === undefined
        ? megabytes
        : `[${"#".repeat(done).padEnd(WIDTH)}] ${this.shown} % ${megabytes}`;
    process.stderr.write(`\r${line}\u001b[K`);
  }
}
