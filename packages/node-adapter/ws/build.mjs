/** Writes the alias package into a folder, ready for `npm pack`: `node packages/node-adapter/ws/build.mjs FOLDER`. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

/** The one place where the package's name stands. */
export const NAME = "@sansocket/ws";

/** The version of `ws` whose API it has: peers ask for `^8`. */
export const VERSION = "8.23.0";

const here = fileURLToPath(new URL(".", import.meta.url));
const FILES = ["browser.cjs", "index.cjs", "index.mjs", "README.md"];

/** @param {string} folder which is made if need be */
export function buildAlias(folder) {
  const adapter = JSON.parse(readFileSync(join(here, "../package.json"), "utf8"));
  const manifest = {
    name: NAME,
    version: VERSION,
    description: "The API of ws 8 on Sansocket, to be installed in its place.",
    license: adapter.license,
    homepage: adapter.homepage,
    bugs: adapter.bugs,
    repository: adapter.repository,
    engines: adapter.engines,
    main: "index.cjs",
    browser: "browser.cjs",
    exports: {
      ".": { browser: "./browser.cjs", import: "./index.mjs", require: "./index.cjs" },
      "./package.json": "./package.json",
    },
    files: FILES,
    dependencies: { "@sansocket/node-adapter": `^${adapter.version}` },
  };
  mkdirSync(folder, { recursive: true });
  for (const file of FILES) copyFileSync(join(here, file), join(folder, file));
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [, , folder] = argv;
  if (folder === undefined) throw new Error("Say which folder to write to: build.mjs FOLDER");
  buildAlias(folder);
}
