/** The README and the guides show no code that is not an example, run and tested. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEFAULT_OPTIONS } from "@sansocket/core";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const LANGUAGES = [
  "js",
  "javascript",
  "mjs",
  "cjs",
  "jsx",
  "ts",
  "typescript",
  "mts",
  "cts",
  "tsx",
];

interface Block {
  /** Where its fence is. */
  readonly line: number;
  /** The file that the comment before it names. */
  readonly file: string | undefined;
  readonly text: string;
}

/** The fenced blocks of JavaScript and TypeScript in a Markdown text (CommonMark §4.5). */
function codeBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const [, indent, fence, language] = /^( {0,3})(`{3,}|~{3,}) *([^\s`]*)/.exec(lines[at]!) ?? [];
    if (fence === undefined) continue;
    const start = at + 1;
    const closes = new RegExp(`^ {0,3}${fence[0]}{${fence.length},} *$`);
    do at++;
    while (at < lines.length && !closes.test(lines[at]!));
    if (!LANGUAGES.includes(language!.toLowerCase())) continue;
    const text = lines
      .slice(start, at)
      .map((line) => (line.startsWith(indent!) ? line.slice(indent!.length) : line.trimStart()))
      .join("\n");
    blocks.push({ line: start, file: fileBefore(lines.slice(0, start - 1)), text });
  }
  return blocks;
}

/** `<!-- examples/echo-node.mjs -->`, with at most blank lines between it and the fence. */
function fileBefore(lines: string[]): string | undefined {
  const last = lines.findLast((line) => line.trim() !== "");
  return /^\s*<!--\s*(examples\/[\w./-]+)\s*-->\s*$/.exec(last ?? "")?.[1];
}

describe("code blocks are found", () => {
  const cases: [name: string, markdown: string, expected: Block[]][] = [
    [
      "with the file they are",
      "<!-- examples/a.mjs -->\n```js\nlet a;\n```\n",
      [{ line: 2, file: "examples/a.mjs", text: "let a;" }],
    ],
    [
      "a blank line after the comment",
      "<!-- examples/a.mjs -->\n\n```ts\nlet a;\n```",
      [{ line: 3, file: "examples/a.mjs", text: "let a;" }],
    ],
    ["without one", "Text\n```js\nlet a;\n```\n", [{ line: 2, file: undefined, text: "let a;" }]],
    [
      "a comment that names no example",
      "<!-- src/a.mjs -->\n~~~TypeScript\nlet a;\n~~~\n",
      [{ line: 2, file: undefined, text: "let a;" }],
    ],
    ["not of other languages", "```sh\nnpm test\n```\n```\n```js\n```\n", []],
    [
      "with fences inside",
      "````js\n`\n```\n````\n",
      [{ line: 1, file: undefined, text: "`\n```" }],
    ],
    [
      "indented",
      "  ```js\n  let a;\n    let b;\n  ```\n",
      [{ line: 1, file: undefined, text: "let a;\n  let b;" }],
    ],
    ["without an end", "```js\nlet a;", [{ line: 1, file: undefined, text: "let a;" }]],
  ];
  test.each(cases)("%s", (_, markdown, expected) => expect(codeBlocks(markdown)).toEqual(expected));
});

const packages = readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`);
const docs = readdirSync(`${root}docs`)
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`);

describe.each(["README.md", ...packages, ...docs])("%s", (name) => {
  const blocks = codeBlocks(readFileSync(root + name, "utf8"));
  test("says of every program which example it is, in a comment before it", () => {
    // In the guides, lines that are no program may stand alone.
    const isProgram = ({ text }: Block): boolean =>
      !name.startsWith("docs/") || /(?:from|require\() ?"@sansocket\//.test(text);
    expect(blocks.filter((block) => block.file === undefined && isProgram(block))).toEqual([]);
  });
  for (const { line, file, text } of blocks) {
    if (file === undefined) continue;
    test(`shows ${file} as it is, on line ${line}`, () =>
      expect(text.trim()).toBe(readFileSync(root + file, "utf8").trim()));
  }
});

describe("links", () => {
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "benchmarks/README.md",
    ...packages,
    ...docs,
  ];
  /** As GitHub makes them of headings. */
  const anchorsOf = (markdown: string): string[] =>
    [...markdown.replaceAll(/^(`{3,})[^]*?^\1 *$/gm, "").matchAll(/^#+ +(.*)$/gm)].map(
      ([, heading]) =>
        heading!
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
          .trim()
          .replaceAll(/\s/g, "-"),
    );
  const targetsOf = (name: string): string[] =>
    [
      ...readFileSync(root + name, "utf8")
        .replaceAll(/^(`{3,})[^]*?^\1 *$/gm, "")
        .matchAll(/\]\(([^)\s]+)\)/g),
    ].map(([, target]) => target!);
  /** The public address of a file in the repository. */
  const here = /^https:\/\/github\.com\/sansocket\/sansocket\/(?:blob|tree)\/main\//;

  test.each(pages)("of %s lead somewhere", (name) => {
    const lost = targetsOf(name).filter((target) => {
      if (/^[a-z]+:/.test(target) && !here.test(target)) return false;
      const [path, anchor] = target.replace(here, "").split("#") as [string, string?];
      const folder = here.test(target) ? root : join(root + name, "..");
      const file = path === "" ? root + name : join(folder, path);
      return (
        !existsSync(file) ||
        (anchor !== undefined && !anchorsOf(readFileSync(file, "utf8")).includes(anchor))
      );
    });
    expect(lost).toEqual([]);
  });

  test.each(packages)("of %s also work from the published package", (name) => {
    const published = ["THIRD-PARTY.md", "CHANGELOG.md"]; // beside the README, in `files`
    const relative = targetsOf(name).filter((target) => !/^(?:https:|#)/.test(target));
    expect(relative.filter((target) => !published.includes(target))).toEqual([]);
  });
});

test("README has the limits' defaults as they are", () => {
  const rows = readFileSync(`${root}README.md`, "utf8").matchAll(
    /^\| (`\w+`(?:, `\w+`)*) \| ([\d ]+(?:, [\d ]+)*) \|/gm,
  );
  const told = [...rows].flatMap(([, names, values]) =>
    names!
      .split(", ")
      .map(
        (name, at) =>
          [name.slice(1, -1), Number(values!.split(", ")[at]!.replaceAll(" ", ""))] as const,
      ),
  );
  expect(told.length).toBeGreaterThan(6);
  expect(Object.fromEntries(told)).toEqual(
    Object.fromEntries(
      told.map(([name]) => [name, DEFAULT_OPTIONS[name as keyof typeof DEFAULT_OPTIONS]]),
    ),
  );
});

describe("what a page names", () => {
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "benchmarks/README.md",
    ...packages,
    ...docs,
    ...readdirSync(`${root}docs/decisions`).map((name) => `docs/decisions/${name}`),
  ];
  test.each(pages)("files of %s are there", (name) => {
    const named = [
      ...readFileSync(root + name, "utf8").matchAll(
        /`((?:packages|examples|docs|tools|benchmarks)\/[\w./-]+)`/g,
      ),
    ].map(([, path]) => path!);
    expect(named.filter((path) => !existsSync(root + path))).toEqual([]);
  });

  test("tests of the differences from faye-websocket are there", () => {
    const sources = readdirSync(`${root}packages`, { recursive: true, encoding: "utf8" }).filter(
      (path) => /^[\w-]+\/(?:test|testing|src\/testing)\/.*\.ts$/.test(path),
    );
    const tests = sources.map((path) => readFileSync(`${root}packages/${path}`, "utf8")).join("\n");
    const rows = readFileSync(`${root}docs/migrating-from-faye-websocket.md`, "utf8")
      .split("\n")
      .filter((line) => line.split("|").length > 5);
    const named = rows.flatMap((row) =>
      [
        ...row
          .split("|")
          .at(-2)!
          .matchAll(/"([^"]+)"/g),
      ].map(([, test]) => test!),
    );
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((test) => !tests.includes(test))).toEqual([]);
  });
});
