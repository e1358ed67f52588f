/**
 * Writes the chart's answers down as `src/lifecycle/tables/*.ts`, by which connections go: asking XState costs tens of microseconds, loading it
 * milliseconds. Run it with `pnpm --filter @sansocket/core lifecycle:tables`.
 */
import { writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { type Answer, askChart } from "../src/lifecycle/ask.ts";
import { eventsOf } from "../src/lifecycle/describe.ts";
import type { Role } from "../src/lifecycle/role.ts";
import type { LifecycleTable } from "../src/lifecycle/tables/table.ts";

/** Where the table of `role` belongs. */
export const tableFile = (role: Role): string =>
  fileURLToPath(new URL(`../src/lifecycle/tables/${role}.ts`, import.meta.url));

/** All that the chart says of `role`, by a walk over every state that can be reached. */
export function tabulate(role: Role): LifecycleTable {
  const events = eventsOf(role);
  const orders: string[] = [];
  const orderAt = (text: string): number =>
    orders.includes(text) ? orders.indexOf(text) : orders.push(text) - 1;
  const found = new Map<string, Answer>();
  const stateAt = (answer: Answer): number => {
    if (!found.has(answer.name)) found.set(answer.name, answer);
    return [...found.keys()].indexOf(answer.name);
  };
  stateAt(askChart(role));
  const states: string[] = [];
  // A map visits what is added during the loop: this is a breadth-first walk.
  for (const from of found.values()) {
    const steps = events.flatMap((event, at) => {
      const to = from.ask(event);
      if (to.name === from.name && to.orders.length === 0) return [];
      return [`${at}>${stateAt(to)}/${orderAt(to.orders.join(" "))}`];
    });
    states.push(`${from.name}|${from.tags.join(" ")}|${steps.join(" ")}`);
  }
  return { events, orders, states };
}

/** The table as a file. Pure: the same chart gives the same text. */
export function renderTable(role: Role): string {
  const lines = Object.entries(tabulate(role)).flatMap(([name, rows]: [string, string[]]) => [
    `  ${name}: [`,
    ...rows.map((row) => `    ${JSON.stringify(row)},`),
    "  ],",
  ]);
  return [
    "// Generated from lifecycle/chart.ts by `pnpm --filter @sansocket/core lifecycle:tables`; do not edit it. docs/lifecycle.md has the same for people.",
    'import type { LifecycleTable } from "./table.ts";',
    "",
    `export const ${role}Table: LifecycleTable = {`,
    ...lines,
    "};",
    "",
  ].join("\n");
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const role of ["server", "client"] as const)
    writeFileSync(tableFile(role), renderTable(role));
}
