/** Options that `connect` and `listen` have in common. */
import type { OptionTable } from "../console/arguments.ts";

/** How messages are shown. */
export const SHOW_OPTIONS = {
  hex: { short: "x", help: "binary as hexadecimal, typed and shown" },
  pretty: { rare: true, short: "p", help: "JSON over several lines, also in a pipe" },
} as const satisfies OptionTable;

/** The notes beside them. */
export const TELL_OPTIONS = {
  record: { value: "FILE", help: "write a trace, for replay, explain, lint and view" },
  json: { help: "tell all that happens as JSON Lines" },
  quiet: { rare: true, short: "q", help: "messages and errors only" },
} as const satisfies OptionTable;
