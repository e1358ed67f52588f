/** How a release comes about: a changeset becomes one version of all packages, in the manifests of npm and JSR, and an entry of each changelog. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const packages = ["core", "node-adapter", "deno-adapter", "bun-adapter"];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly files: readonly string[];
}
const read = (folder: string, path: string): string => readFileSync(join(folder, path), "utf8");
const manifestOf = (folder: string, name: string): Manifest =>
  JSON.parse(read(folder, `packages/${name}/package.json`)) as Manifest;

describe("what is there", () => {
  test.each(packages)(
    "%s has a changelog, published, whose newest entry is its version",
    (name) => {
      const { files, version } = manifestOf(root, name);
      expect(files).toContain("CHANGELOG.md");
      expect(/^## (\S+)$/m.exec(read(root, `packages/${name}/CHANGELOG.md`))?.[1]).toBe(version);
    },
  );

  test("changesets name packages that exist, and how much they change", () => {
    const names = packages.map((name) => manifestOf(root, name).name);
    const files = readdirSync(`${root}.changeset`).filter(
      (file) => file.endsWith(".md") && file !== "README.md",
    );
    for (const file of files) {
      const [, header, text] =
        /^---\n([^]*?)\n---\n([^]*)$/.exec(read(root, `.changeset/${file}`)) ?? [];
      expect(header, file).toBeDefined();
      for (const line of header!.split("\n")) {
        const [, name, bump] = /^["'](\S+)["']: (\w+)$/.exec(line) ?? [];
        expect(names, `${file}: ${line}`).toContain(name);
        expect(["patch", "minor", "major"], `${file}: ${line}`).toContain(bump);
      }
      expect(text!.trim(), file).not.toBe("");
    }
  });

  test("the workflow may ask for an identity, and the script then asks for provenance", () => {
    expect(read(root, ".github/workflows/release.yml")).toMatch(/^ {6}id-token: write\b/m);
    expect(read(root, "tools/release.mjs")).toContain('args.push("--provenance")');
  });
});

describe("npm run release:version", () => {
  let copy = "";
  const git = (...args: string[]): void => {
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
      cwd: copy,
      stdio: "ignore",
    });
  };

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), "sansocket-version-"));
    for (const file of ["package.json", "pnpm-workspace.yaml", ".changeset/config.json"]) {
      mkdirSync(join(copy, file, ".."), { recursive: true });
      cpSync(root + file, join(copy, file));
    }
    for (const name of [...packages.map((one) => `packages/${one}`), "examples", "benchmarks"]) {
      mkdirSync(join(copy, name), { recursive: true });
      for (const file of ["package.json", "deno.json", "CHANGELOG.md"]) {
        const path = `${name}/${file}`;
        if (existsSync(root + path)) cpSync(root + path, join(copy, path));
      }
    }
    writeFileSync(
      join(copy, ".changeset/a-change.md"),
      '---\n"@sansocket/node-adapter": minor\n---\n\nServers can do one thing more.\n',
    );
    git("init", "-q", "-b", "main");
    git("add", "-A");
    git("commit", "-q", "-m", "All");
    execFileSync(process.execPath, [`${root}tools/version.mjs`], { cwd: copy, stdio: "ignore" });
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  test("raises all packages together, for npm and for JSR", () => {
    const [major, minor] = manifestOf(root, "core").version.split(".").map(Number) as [
      number,
      number,
    ];
    const next = `${major}.${minor + 1}.0`;
    expect(packages.map((name) => manifestOf(copy, name).version)).toEqual(
      packages.map(() => next),
    );
    for (const name of ["core", "deno-adapter"]) {
      expect(JSON.parse(read(copy, `packages/${name}/deno.json`))).toMatchObject({ version: next });
    }
  });

  test("puts the change into the changelog, and takes the changeset away", () => {
    const changelog = read(copy, "packages/node-adapter/CHANGELOG.md");
    expect(changelog).toContain("Servers can do one thing more.");
    expect(changelog).toContain("The first release.");
    expect(existsSync(join(copy, ".changeset/a-change.md"))).toBe(false);
  });
});
