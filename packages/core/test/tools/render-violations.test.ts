import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { violations } from "../../src/violation.ts";
import { renderViolations, VIOLATIONS_DOCUMENT } from "../../tools/render-violations.ts";

const rendered = renderViolations();

test("docs/violations.md is what the table says", () => {
  expect(
    readFileSync(VIOLATIONS_DOCUMENT, "utf8"),
    "docs/violations.md is stale: run `pnpm --filter @sansocket/core docs:violations`",
  ).toBe(rendered);
});

test.each(Object.entries(violations))("%s has its row", (code, [closeCode, , clause]) => {
  expect(
    rendered.split("\n").find((line) => line.startsWith(`| \`${code}\` | ${closeCode} |`)),
  ).toContain(clause);
});
