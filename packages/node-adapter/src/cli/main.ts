#!/usr/bin/env node
/** The command `sansocket`. Nothing of it is loaded by the library. */
import { run } from "./run.ts";

// The code is set, not forced: what is still to be written leaves first.
process.exitCode = await run(process.argv.slice(2));
