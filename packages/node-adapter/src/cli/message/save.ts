import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError, EXIT, messageOf } from "../console/exit.ts";

/** Puts each binary message in a file of its own in `folder`: `1.bin` and so on. */
export function saver(folder: string): (bytes: Uint8Array) => string {
  let count = 0;
  return (bytes) => {
    try {
      mkdirSync(folder, { recursive: true });
      const path = join(folder, `${++count}.bin`);
      writeFileSync(path, bytes);
      return path;
    } catch (error) {
      throw new CommandError(EXIT.unreadable, `--save: ${messageOf(error)}`);
    }
  };
}
