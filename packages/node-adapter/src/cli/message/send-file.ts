import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { WebSocket } from "@sansocket/core/shell";
import { CommandError, EXIT, messageOf } from "../console/exit.ts";
import type { Terminal } from "../console/terminal.ts";
import { ProgressBar, seesProgress } from "./progress.ts";

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
  const bar = seesProgress(terminal) ? new ProgressBar("sent") : undefined;
  bar?.begin(size);
  try {
    return await socket.sendStream(watched(source, bar), { binary: true });
  } finally {
    bar?.end();
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

async function* watched(
  source: AsyncIterable<Uint8Array>,
  bar: ProgressBar | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    yield chunk;
    bar?.add(chunk.length);
  }
}
