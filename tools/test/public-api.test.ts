/**
 * The public surface, as files to review: every exported name of every entry, types too, is listed in the package's
 * `test/public-api.txt`. The tests of deno- and bun-adapter hold what is there at run time to the same list. To change it on purpose: `npx vitest run tools/test/public-api.test.ts -u`.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Entry {
  readonly specifier: string;
  readonly source: string;
}

/** The entries of a package as its manifest lists them, with the source of each. */
function entriesOf(name: string): Entry[] {
  const { exports } = JSON.parse(readFileSync(`${root}packages/${name}/package.json`, "utf8")) as {
    exports: Record<string, string | { source: string }>;
  };
  return Object.entries(exports).flatMap(([path, target]) =>
    typeof target === "string"
      ? []
      : [
          {
            specifier: `@sansocket/${name}${path.slice(1)}`,
            source: `${root}packages/${name}/${target.source.slice(2)}`,
          },
        ],
  );
}

const packages = ["core", "node-adapter", "deno-adapter", "bun-adapter"].map((name) => ({
  name,
  entries: entriesOf(name),
}));

const base = ts.readConfigFile(`${root}tsconfig.base.json`, ts.sys.readFile).config as {
  compilerOptions: object;
};
const { options } = ts.convertCompilerOptionsFromJson(
  { ...base.compilerOptions, lib: ["ES2022", "DOM", "DOM.Iterable"], types: ["node"] },
  root,
);
const program = ts.createProgram(
  packages.flatMap(({ entries }) => entries.map(({ source }) => source)),
  options,
);
const checker = program.getTypeChecker();

const kinds: readonly [flag: ts.SymbolFlags, word: string][] = [
  [ts.SymbolFlags.Class, "class"],
  [ts.SymbolFlags.Function, "function"],
  [ts.SymbolFlags.Variable, "const"],
  [ts.SymbolFlags.Interface, "interface"],
  [ts.SymbolFlags.TypeAlias, "type"],
];

/** Whether a name is exported by `export type`, so that nothing of it is there at run time. */
const isTypeOnly = (symbol: ts.Symbol): boolean =>
  symbol.declarations?.some(
    (declaration) =>
      ts.isExportSpecifier(declaration) &&
      (declaration.isTypeOnly || declaration.parent.parent.isTypeOnly),
  ) === true;

/** The kind and the name of an exported symbol; two kinds where a name is a value and a type. */
function describeName(symbol: ts.Symbol): string {
  const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const words = kinds.filter(([flag]) => meant.flags & flag).map(([, word]) => word);
  const isValue = (meant.flags & ts.SymbolFlags.Value) !== 0;
  return `${words.join(" and ") || "unresolved"} ${symbol.name}${isValue && isTypeOnly(symbol) ? " (its type)" : ""}`;
}

function namesOf(source: string): string[] {
  const file = program.getSourceFile(source);
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`${source} is missing or exports nothing`);
  return checker
    .getExportsOfModule(module)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(describeName);
}

describe("the public names", () => {
  test.each(packages)("of $name", async ({ name, entries }) => {
    const text = entries
      .map(
        ({ specifier, source }) =>
          `${specifier}\n${namesOf(source)
            .map((line) => `  ${line}\n`)
            .join("")}`,
      )
      .join("\n");
    expect(text).not.toContain("unresolved");
    await expect(text).toMatchFileSnapshot(`${root}packages/${name}/test/public-api.txt`);
  });

  test.each(packages)(
    "of $name are published as they are here, without the sources",
    ({ name }) => {
      const { exports, publishConfig } = JSON.parse(
        readFileSync(`${root}packages/${name}/package.json`, "utf8"),
        (key, value: unknown) => (key === "source" ? undefined : value),
      ) as Record<string, { exports?: object }>;
      expect(publishConfig?.exports).toEqual(exports);
    },
  );

  test.each(packages.flatMap(({ entries }) => entries))(
    "$specifier has its source where it says",
    ({ source }) => expect(existsSync(source)).toBe(true),
  );
});
