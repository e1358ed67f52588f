import { text } from "node:stream/consumers";
import { parseScript, type Step } from "./script.ts";
import { read } from "../talk/way.ts";

/** Reads the script in `file`; `-` is standard input. @throws {CommandError} for one that cannot be read, and for a line that is no step */
export async function readScript(file: string): Promise<Step[]> {
  return parseScript(file === "-" ? await text(process.stdin) : read(file, "script").toString());
}
