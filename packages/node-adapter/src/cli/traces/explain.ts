/** `sansocket explain FILE…`. */
import { explain } from "@sansocket/core/trace";
import type { Command } from "../command.ts";
import type { OptionTable } from "../console/arguments.ts";
import { CommandError, EXIT } from "../console/exit.ts";
import { readAll } from "./read.ts";

const OPTIONS = {
  connection: { short: "c", value: "N", multiple: true, help: "this connection only" },
  json: { help: "a line of JSON for each connection" },
} as const satisfies OptionTable;

export const explainCommand: Command<typeof OPTIONS> = {
  usage: {
    name: "explain",
    operands: "FILE…",
    summary: "Tells why connections closed: who, where, by which rule, and what to change.",
    options: OPTIONS,
    notes: ["FILE is a trace, a folder of .jsonl files, or - for standard input."],
    exits: [EXIT.unreadable],
  },
  run: (given, terminal) => {
    const wanted = given.list("connection").map(Number);
    let told = 0;
    for (const { file, traces } of readAll(given.operands)) {
      for (const [index, explanation] of explain(traces).entries()) {
        const { connection, text } = explanation;
        if (wanted.length > 0 && !wanted.includes(connection)) continue;
        if (terminal.json) terminal.event({ file, ...explanation });
        else {
          const name = `${file}: connection ${connection} (${traces[index]!.head.kind})`;
          terminal.line(`${told > 0 ? "\n" : ""}${terminal.paint("bold", name)}\n${text}`);
        }
        told++;
      }
    }
    if (told === 0) throw new CommandError(EXIT.unreadable, "there is no such connection in it");
    return Promise.resolve(EXIT.done);
  },
};
