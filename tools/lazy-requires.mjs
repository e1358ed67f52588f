/**
 * Makes the CommonJS of a package require its parts at their first use: `node ../../tools/lazy-requires.mjs dist`, after tsup. Most processes use a few of the
 * parts, and compiling all of them was most of what `require("@sansocket/node-adapter")` cost (`npm run bench:load`).
 *
 * A line `var name = require("./chunk.cjs");` becomes a function, and each `name.` a call of it; lines stay where source maps have them. `require` for its effects
 * alone goes: the packages have none (`sideEffects: false`).
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ALONE = /^require\((?:'\.\.?\/[^']+'|"\.\.?\/[^"]+")\);$/gm;
const NAMED =
  /^var (\w+) = require\(('(?:\.\.?\/|@sansocket\/)[^']+'|"(?:\.\.?\/|@sansocket\/)[^"]+")\);$/gm;

/**
 * Returns the text changed.
 * @param {string} text of a CommonJS file that Rollup or esbuild has written
 */
export function lazy(text) {
  /** @type {string[]} */
  const names = [];
  let changed = text
    .replaceAll(ALONE, "")
    .replaceAll(NAMED, (_, /** @type {string} */ name, /** @type {string} */ path) => {
      names.push(name);
      return `let ${name}$; const ${name} = () => (${name}$ ??= require(${path}));`;
    });
  for (const name of names) {
    changed = changed
      .replaceAll(new RegExp(`\\bnew ${name}\\.([\\w$]+)`, "g"), `new (${name}().$1)`)
      .replaceAll(new RegExp(`\\b${name}\\.`, "g"), `${name}().`);
  }
  return changed;
}

if (process.argv[2] !== undefined) {
  const folder = process.argv[2];
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!entry.endsWith(".cjs")) continue;
    const file = join(folder, entry);
    writeFileSync(file, lazy(readFileSync(file, "utf8")));
  }
}
