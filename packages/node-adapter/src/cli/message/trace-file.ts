import { closeSync, openSync, writeSync } from "node:fs";
import type { TraceSink } from "@sansocket/core/trace";
import { CommandError, EXIT, messageOf } from "../console/exit.ts";

/**
 * Writes a trace of all connections to one file, step by step: after a crash it has the steps before it.
 * @throws {CommandError} where the file cannot be written
 */
export function traceFile(path: string): TraceSink {
  let file: number;
  try {
    file = openSync(path, "w", 0o600);
  } catch (error) {
    throw new CommandError(EXIT.unreadable, `--record: ${messageOf(error)}`);
  }
  process.once("exit", () => {
    closeSync(file);
  });
  const put = (_: number, lines: Uint8Array): void => {
    for (let at = 0; at < lines.length;) at += writeSync(file, lines, at);
  };
  return { begin: put, write: put, end: () => {} };
}
