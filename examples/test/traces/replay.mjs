/** Replays every trace of a folder: `replay.mjs folder`. Prints what there was, and ends with 1 where something differs. */
import { replay } from "@sansocket/core/trace";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const folder = process.argv[2] ?? ".";
for (const name of readdirSync(folder)) {
  for (const { trace, actions, difference, stopped } of replay(
    readFileSync(join(folder, name), "utf8"),
  )) {
    console.log(trace.head.kind, actions);
    if (difference === undefined && stopped === undefined) continue;
    console.log(JSON.stringify({ name, difference, stopped }));
    process.exitCode = 1;
  }
}
