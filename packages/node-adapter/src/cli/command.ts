import type { Given, OptionTable, Usage } from "./console/arguments.ts";
import type { Terminal } from "./console/terminal.ts";

/** A subcommand. */
export interface Command<Table extends OptionTable = OptionTable> {
  readonly usage: Usage<Table>;
  /** Returns the exit code. @throws {CommandError} to end with another code and a message */
  run(given: Given<Table>, terminal: Terminal): Promise<number>;
}
