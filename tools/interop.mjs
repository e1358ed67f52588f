/**
 * `npm run interop`: runs proxies, browsers, servers and clients of others against ours, and compares what is seen with docs/interop.md.
 * `-- --list` names them, `-- NAME…` runs those, `-- --write` writes the table.
 */
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./steps.mjs";

// Inside the package, so that what is not bundled is found.
const folder = join(root, "packages/node-adapter/node_modules/.cache", `interop-${process.pid}`);
const outfile = join(folder, "main.mjs");
try {
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [join(root, "packages/node-adapter/test/interop/main.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["source"],
    external: ["undici", "playwright-core", "ws"],
    sourcemap: "inline",
    logLevel: "warning",
    // For what is bundled and CommonJS.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  process.exitCode =
    spawnSync(process.execPath, ["--enable-source-maps", outfile, ...process.argv.slice(2)], {
      stdio: "inherit",
      cwd: root,
    }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
