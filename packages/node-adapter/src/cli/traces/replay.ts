/** `sansocket replay FILE…`. */
import { replay, type ReplayResult } from "@sansocket/core/trace";
import type { Command } from "../command.ts";
import type { OptionTable } from "../console/arguments.ts";
import { EXIT } from "../console/exit.ts";
import type { Terminal } from "../console/terminal.ts";
import { readAll } from "./read.ts";

const OPTIONS = {
  json: { help: "a line of JSON for each connection" },
  quiet: { short: "q", help: "tell differences only" },
} as const satisfies OptionTable;

export const replayCommand: Command<typeof OPTIONS> = {
  usage: {
    name: "replay",
    operands: "FILE…",
    summary: "Feeds traces to fresh machines, and tells where one first does something else.",
    options: OPTIONS,
    notes: [
      "FILE is a trace, a folder of .jsonl files, or - for standard input: a folder of",
      "traces is a regression suite. A trace replays up to where lines are missing or",
      "an input was cut, and that is said.",
    ],
    exits: [EXIT.failed, EXIT.unreadable],
  },
  run: (given, terminal) => {
    let differs = false;
    for (const { file, traces } of readAll(given.operands)) {
      for (const result of replay(traces)) {
        differs ||= result.difference !== undefined;
        tell(file, result, terminal);
      }
    }
    return Promise.resolve(differs ? EXIT.failed : EXIT.done);
  },
};

function tell(file: string, result: ReplayResult, terminal: Terminal): void {
  const { trace, actions, difference, stopped } = result;
  const { connection, kind } = trace.head;
  if (terminal.json)
    return terminal.event({ file, connection, kind, actions, difference, stopped });
  const name = `${file}: connection ${connection} (${kind})`;
  if (difference !== undefined) {
    const { line, message, expected, actual } = difference;
    return terminal.line(
      [
        terminal.paint("red", `${name}: differs at line ${line}: ${message}`),
        ...(expected === undefined ? [] : [`  recorded ${JSON.stringify(expected)}`]),
        ...(actual === undefined ? [] : [`  now      ${JSON.stringify(actual)}`]),
      ].join("\n"),
    );
  }
  if (terminal.quiet) return;
  const until = stopped === undefined ? "" : `, up to line ${stopped.line}: ${stopped.reason}`;
  terminal.line(`${name}: the same ${actions} actions${until}`);
}
