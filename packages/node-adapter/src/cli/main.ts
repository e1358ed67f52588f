#!/usr/bin/env node
/** The command `sansocket`. The library loads no part of it. */
import { run } from "./run.ts";

// The code is set, not forced: pending output leaves first.
process.exitCode = await run(process.argv.slice(2));
