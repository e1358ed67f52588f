// Bundles an entry from the workspace's sources with esbuild (which tsup uses too), so that a
// benchmark measures what is in the tree now, not what was built last.
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Where everything goes that a benchmark makes; ignored by git. */
export const results = fileURLToPath(new URL("results", import.meta.url));

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Returns the path of the bundle of `entry`, a file beside this one, or of `source`, TypeScript that lies in `from`.
 * @param {{ entry?: string, source?: string, from?: string, name: string, plugins?: import("esbuild").Plugin[] }} what
 */
export async function bundle({ entry, source, from, name, plugins = [] }) {
  const outfile = join(results, "build", `${name}.mjs`);
  await mkdir(dirname(outfile), { recursive: true });
  await build({
    ...(source === undefined
      ? { entryPoints: [join(here, entry)] }
      : { stdin: { contents: source, resolveDir: from, loader: "ts" } }),
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["source"],
    external: ["undici", "ws", "faye-websocket"],
    plugins,
    logLevel: "error",
  });
  return outfile;
}

/**
 * Leaves the recorder out of a bundle: its modules have no code, and no connection ever finds a sink.
 * @type {import("esbuild").Plugin}
 */
export const withoutRecorder = {
  name: "without-recorder",
  setup({ onLoad }) {
    onLoad({ filter: /core\/src\/trace\/record\/\w+\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const names = [...source.matchAll(/^export (?:const|function|class) (\w+)/gm)];
      return { contents: names.map(([, name]) => `export const ${name} = undefined;`).join("\n") };
    });
    onLoad({ filter: /shell\/runtime\/recording\.ts$/ }, () => ({
      contents: "export const recordingBy = () => undefined;",
    }));
  },
};

/**
 * Bundles one file of the core that is no package's public name, with some of its constants changed, so that both
 * sides of a threshold can be timed.
 * @param {string} path within `packages/core/src`
 * @param {Record<string, number>} constants
 */
export async function leaf(path, constants = {}) {
  const url = new URL(`../packages/core/src/${path}`, import.meta.url);
  let source = await readFile(url, "utf8");
  for (const [name, value] of Object.entries(constants)) {
    const changed = source.replace(new RegExp(`const ${name} = .+;`), `const ${name} = ${value};`);
    if (changed === source) throw new Error(`${path} has no constant ${name}`);
    source = changed;
  }
  return bundle({
    source,
    from: dirname(fileURLToPath(url)),
    name: [path.replaceAll("/", "-"), ...Object.values(constants)].join("-"),
  });
}
