import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readTraces, type Trace } from "@sansocket/core/trace";
import { CommandError, EXIT, messageOf } from "../console/exit.ts";

/** A trace, and the name of the file it was in. */
export interface Named {
  readonly file: string;
  readonly traces: readonly Trace[];
}

/**
 * Reads traces: files, folders of `.jsonl` files, and `-` for standard input.
 * @throws {CommandError} for a file that cannot be read, for one that is no trace, and if none of them has a connection: a replay of
 * nothing would pass
 */
export function readAll(operands: readonly string[]): Named[] {
  if (operands.length === 0) throw new CommandError(EXIT.usage, "the file is missing");
  const read = operands.flatMap(filesOf).map((file) => {
    try {
      return { file, traces: readTraces(readFileSync(file === "-" ? 0 : file, "utf8")) };
    } catch (error) {
      throw new CommandError(EXIT.unreadable, `${file}: ${messageOf(error)}`, { cause: error });
    }
  });
  if (read.every(({ traces }) => traces.length === 0))
    throw new CommandError(EXIT.unreadable, `${operands.join(", ")}: no connection is recorded`);
  return read;
}

function filesOf(path: string): string[] {
  if (path === "-" || statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    return [path];
  const names = readdirSync(path).filter((name) => name.endsWith(".jsonl"));
  if (names.length === 0)
    throw new CommandError(EXIT.unreadable, `${path}: there is no .jsonl file in this folder`);
  return names.sort().map((name) => join(path, name));
}
