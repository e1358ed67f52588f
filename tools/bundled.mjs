/**
 * Bundles a tool of the core, so that Node runs it as it is, and lets it run. `npm run fuzz`: `-- --seconds 600` for longer, `-- --seed 1` to have
 * a run again. `npm run explore` takes a minute or two.
 */
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./steps.mjs";

const folder = mkdtempSync(join(tmpdir(), "sansocket-tool-"));
const outfile = join(folder, "tool.mjs");
try {
  await build({
    entryPoints: [join(root, "packages/core", process.argv[2] ?? "fuzz", "main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["source"],
    sourcemap: "inline",
    logLevel: "warning",
  });
  process.exitCode =
    spawnSync(process.execPath, ["--enable-source-maps", outfile, ...process.argv.slice(3)], {
      stdio: "inherit",
    }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
