import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { requirements } from "../../src/testing/suites/conformance.ts";
import { CONFORMANCE_DOCUMENT, renderConformance } from "../../tools/render-conformance.ts";

test("docs/conformance.md is what the table renders", () => {
  expect(
    readFileSync(CONFORMANCE_DOCUMENT, "utf8"),
    "run: pnpm --filter @sansocket/core docs:conformance",
  ).toBe(renderConformance());
});

test("every row is told apart, and binds somebody", () => {
  const names = requirements.map(({ document, clause, must }) => `${document} ${clause} ${must}`);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  expect(requirements.filter(({ server, client }) => !server && !client)).toEqual([]);
});

test("every chapter of the table is in the document", () => {
  const rows = renderConformance()
    .split("\n")
    .filter((line) => /^\| \d/.test(line));
  expect(rows).toHaveLength(requirements.length);
});
