/**
 * `npm run release:version`: turns the changesets into the next version and its changelogs, and tells JSR's manifests of it.
 * Changesets knows `package.json` alone; `deno.json` has the version a second time.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cwd, execPath, exit } from "node:process";
import { createRequire } from "node:module";

const root = cwd();
const cli = createRequire(import.meta.url).resolve("@changesets/cli/bin.js");
const { status } = spawnSync(execPath, [cli, "version"], { cwd: root, stdio: "inherit" });
if (status !== 0) exit(status ?? 1);

for (const name of readdirSync(join(root, "packages"))) {
  const jsr = join(root, "packages", name, "deno.json");
  if (!existsSync(jsr)) continue;
  const { version } = JSON.parse(
    readFileSync(join(root, "packages", name, "package.json"), "utf8"),
  );
  const text = readFileSync(jsr, "utf8");
  writeFileSync(jsr, text.replace(/"version": "[^"]*"/, `"version": "${version}"`));
}

const { version } = JSON.parse(readFileSync(join(root, "packages/core/package.json"), "utf8"));
writeVersion(join(root, "packages/core/src/shell/runtime/version.ts"), version);

/** @param {string} file @param {string} now */
function writeVersion(file, now) {
  if (!existsSync(file)) return;
  writeFileSync(
    file,
    readFileSync(file, "utf8").replace(/VERSION = "[^"]*"/, `VERSION = "${now}"`),
  );
}
