// Bundles an entry from the workspace's sources with esbuild (which tsup uses too), so that a
// benchmark measures what is in the tree now, not what was built last.
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Where everything goes that a benchmark makes; ignored by git. */
export const results = fileURLToPath(new URL("results", import.meta.url));

/**
 * Returns the path of the bundle of `entry`, a file beside this one, or of `source`, a module's text.
 * @param {{ entry?: string, source?: string, name: string }} what
 */
export async function bundle({ entry, source, name }) {
  const here = dirname(fileURLToPath(import.meta.url));
  const outfile = join(results, "build", `${name}.mjs`);
  await mkdir(dirname(outfile), { recursive: true });
  await build({
    ...(source === undefined ? { entryPoints: [join(here, entry)] } : { stdin: { contents: source, resolveDir: here } }),
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["source"],
    external: ["undici", "ws", "faye-websocket"],
    logLevel: "error",
  });
  return outfile;
}

/** The leaf functions that are timed by themselves; they are no package's public names. */
export const leaves = () => bundle({
  name: "leaves",
  source: `
    export { applyMask, maskInto } from "../packages/core/src/frame/mask.ts";
    export { advanceUtf8, checkUtf8Piece } from "../packages/core/src/frame/utf8.ts";`,
});
