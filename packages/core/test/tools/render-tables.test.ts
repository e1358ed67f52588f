import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { clientTable } from "../../src/lifecycle/tables/client.ts";
import { serverTable } from "../../src/lifecycle/tables/server.ts";
import { renderTable, tableFile, tabulate } from "../../tools/render-tables.ts";

test.each([
  ["server", serverTable],
  ["client", clientTable],
] as const)("the table of a %s is what the chart says", (role, table) => {
  const stale = `lifecycle/tables/${role}.ts is stale: run \`pnpm --filter @sansocket/core lifecycle:tables\``;
  expect(table, stale).toEqual(tabulate(role));
  expect(readFileSync(tableFile(role), "utf8"), stale).toBe(renderTable(role));
});

test("a row is a name, tags, and steps by number", () => {
  const row = serverTable.states.find((state) => state.startsWith("alive.open|"))!;
  const [, tags, steps] = row.split("|");
  expect(tags).toBe("readable writable sendable");
  const violation = serverTable.events.indexOf("violation");
  const [state, orders] = steps!
    .split(" ")
    .find((step) => step.startsWith(`${violation}>`))!
    .split(/[>/]/)
    .slice(1)
    .map(Number);
  expect(serverTable.states[state!]).toMatch(/^alive\.closing\.ending\|/);
  expect(serverTable.orders[orders!]).toBe(
    "writeClose startTimer(close) discardInput endTransport",
  );
});
