/** A package's `deno.json`, for JSR, agrees with its `package.json`, for npm. A step of `npm test` checks that JSR would accept it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Record<string, string | { readonly source: string }>;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}
interface Jsr {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: string | Record<string, string>;
  readonly imports: Record<string, string>;
}
const read = <T>(path: string): T => JSON.parse(readFileSync(root + path, "utf8")) as T;
/** The versions that `catalog:` stands for. */
const catalog = new Map(
  [...readFileSync(`${root}pnpm-workspace.yaml`, "utf8").matchAll(/^ {2}(\S+): (\S+)$/gm)].map(
    ([, name, version]) => [name!, version!],
  ),
);

describe.each(["core", "deno-adapter"])("%s", (name) => {
  const npm = read<Manifest>(`packages/${name}/package.json`);
  const jsr = read<Jsr>(`packages/${name}/deno.json`);

  test("has one name, version and licence", () => {
    expect([jsr.name, jsr.version, jsr.license]).toEqual([npm.name, npm.version, npm.license]);
  });

  test("has the same entries, as TypeScript", () => {
    const sources = Object.fromEntries(
      Object.entries(npm.exports).flatMap(([path, target]) =>
        typeof target === "string" ? [] : [[path, target.source]],
      ),
    );
    expect(typeof jsr.exports === "string" ? { ".": jsr.exports } : jsr.exports).toEqual(sources);
  });

  test("imports what is installed here", () => {
    const versions = { ...npm.devDependencies, ...npm.dependencies };
    for (const [specifier, target] of Object.entries(jsr.imports)) {
      const [dependency = "", ...path] = specifier.split("/");
      const version =
        versions[dependency] === "catalog:" ? catalog.get(dependency) : versions[dependency];
      expect(target).toBe(`npm:${[`${dependency}@${version}`, ...path].join("/")}`);
    }
  });
});

test("all packages have one version", () => {
  const versions = ["core", "node-adapter", "deno-adapter", "bun-adapter"].map(
    (name) => read<Manifest>(`packages/${name}/package.json`).version,
  );
  expect(new Set(versions).size).toBe(1);
});
