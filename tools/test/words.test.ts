/** The Markdown files avoid the words that `sansocket/words` refuses in comments (`tools/lint/words.js`). */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { problemOf } from "../lint/words.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The glossary quotes the words that it advises against. */
const exempt = new Set<string>(["docs/glossary.md"]);

const files = [
  "README.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  "benchmarks/README.md",
  ...["docs", "docs/decisions"].flatMap((folder) =>
    readdirSync(root + folder)
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  ),
  ...["core", "node-adapter", "deno-adapter", "bun-adapter"].map(
    (name) => `packages/${name}/README.md`,
  ),
];

/** The paragraphs, list items and table cells of a Markdown text; code, headings, heads of tables and quoted text are left out. */
const paragraphsOf = (markdown: string): string[] =>
  markdown
    .replace(/^```[^]*?^```/gm, "")
    .replace(/<!--[^]*?-->/g, "")
    .replace(/^#.*$|^\|.*\n(?=\|[-: |]+\n)/gm, "")
    .replace(/`[^`]*`|"[^"\n]*"/g, "`…`")
    .split(/\n\s*\n|^\s*(?:[-*]|\d+\.) |\||\*\*/m)
    .map((paragraph) => paragraph.replace(/\s+/g, " ").trim());

const problemsOf = (markdown: string): string[] =>
  paragraphsOf(markdown).flatMap((paragraph) => {
    const problem = problemOf(paragraph);
    return problem ? [`“${problem.found}” in: ${paragraph}; write ${problem.instead}`] : [];
  });

describe("plain words", () => {
  test.each(files.filter((file) => !exempt.has(file)))("%s", (file) =>
    expect(problemsOf(readFileSync(root + file, "utf8"))).toEqual([]),
  );

  test("a paragraph, a list item and a table cell are read; code is not", () => {
    const markdown =
      "The server is\ntold.\n\n- Who sends\n\n| a | What is sent |\n\n`told`\n\n```\ntold\n```\n";
    expect(problemsOf(markdown)).toHaveLength(3);
  });
});
