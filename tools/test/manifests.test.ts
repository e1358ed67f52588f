/** The manifests, as npm shows them: where source, issues and documentation are, and what each entry is for. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const REPOSITORY = "https://github.com/sansocket/sansocket";

interface Manifest {
  readonly description: string;
  readonly homepage: string;
  readonly bugs: string;
  readonly repository: { readonly type: string; readonly url: string; readonly directory: string };
  readonly exports: Record<string, string | { readonly source: string }>;
}

describe.each(["core", "node-adapter", "deno-adapter", "bun-adapter"])("%s", (name) => {
  const folder = `packages/${name}`;
  const manifest = JSON.parse(readFileSync(`${root}${folder}/package.json`, "utf8")) as Manifest;

  test("names the repository, the issues and the documentation", () => {
    expect(manifest.repository).toEqual({
      type: "git",
      url: `git+${REPOSITORY}.git`,
      directory: folder,
    });
    expect(manifest.bugs).toBe(`${REPOSITORY}/issues`);
    expect(manifest.homepage).toBe(`${REPOSITORY}/tree/main/${folder}#readme`);
  });
});

test("core says of each entry what it is, in its description and in its README", () => {
  const { description, exports } = JSON.parse(
    readFileSync(`${root}packages/core/package.json`, "utf8"),
  ) as Manifest;
  const readme = readFileSync(`${root}packages/core/README.md`, "utf8");
  for (const entry of Object.keys(exports).filter((path) => path !== "./package.json")) {
    expect(description).toContain(`\`${entry}\` `);
    expect(readme).toMatch(new RegExp(`^\\| \`@sansocket/core${entry.slice(1)}\` \\| \\S`, "m"));
  }
});

test("the API reference has every entry", () => {
  const { entryPoints } = JSON.parse(readFileSync(`${root}tools/typedoc.json`, "utf8")) as {
    entryPoints: string[];
  };
  const sources = ["core", "node-adapter", "deno-adapter", "bun-adapter"].flatMap((name) => {
    const { exports } = JSON.parse(
      readFileSync(`${root}packages/${name}/package.json`, "utf8"),
    ) as Manifest;
    return Object.values(exports).flatMap((target) =>
      typeof target === "string" ? [] : [target.source.replace("./", `../packages/${name}/`)],
    );
  });
  expect([...entryPoints].sort()).toEqual(sources.sort());
});
