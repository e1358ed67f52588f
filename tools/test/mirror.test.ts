/** Every source file has its test file, at the same place under `test/`, and a name that says what is in it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Files whose tests stand elsewhere: where, and why. */
const elsewhere: Readonly<Record<string, readonly [test: string, reason: string]>> = {};

const sources = ["core", "node-adapter", "deno-adapter", "bun-adapter"].flatMap((name) =>
  readdirSync(`${root}packages/${name}/src`, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.c?ts$/.test(path))
    .map((path) => `packages/${name}/src/${path}`));

/** Whether nothing is left of a file once its types are erased. */
function isErased(path: string): boolean {
  const { outputText } = ts.transpileModule(readFileSync(root + path, "utf8"), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true, removeComments: true },
  });
  return outputText.replace(/export \{ *\};?/g, "").trim() === "";
}

const mirrored = sources.filter((path) => !/\/index\.c?ts$/.test(path) && elsewhere[path] === undefined && !isErased(path));

describe("the tests mirror the sources", () => {
  test.each(mirrored)("%s", (path) => {
    const mirror = path.replace("/src/", "/test/").replace(/\.(c?ts)$/, ".test.ts");
    expect(existsSync(root + mirror), `${mirror} is missing`).toBe(true);
  });
  test.each(Object.entries(elsewhere))("%s is tested elsewhere", (path, [file]) => {
    expect(sources, "a row for a file that is gone").toContain(path);
    expect(existsSync(root + file)).toBe(true);
  });
});

test("no file is named for what it has no name for", () => {
  expect(sources.filter((path) => /\/(utils?|helpers?|common|types|misc)\.ts$/.test(path))).toEqual([]);
});
