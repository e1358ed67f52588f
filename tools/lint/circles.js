/**
 * No circle of files, type imports counted: two files that know of each other are one file in two places. Where a type is the
 * only tie, the lower file declares the narrow interface it needs.
 */
import { readFileSync, statSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import ts from "typescript";

/** @typedef {{ readonly changed: number, readonly imports: readonly string[] }} Known */

/** The imports of each file, read again once it changes: an editor keeps this process. @type {Map<string, Known>} */
const known = new Map();

/**
 * The files that `text`, which stands in `file`, imports, re-exports or names in a type.
 * @param {string} file
 * @param {string} text
 */
const importsOf = (file, text) =>
  ts
    .preProcessFile(text, true, false)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => resolve(dirname(file), specifier));

/** @param {string} file @returns {readonly string[]} */
function importsOnDisk(file) {
  const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (changed === undefined) return [];
  const before = known.get(file);
  if (before?.changed === changed) return before.imports;
  const imports = importsOf(file, readFileSync(file, "utf8"));
  known.set(file, { changed, imports });
  return imports;
}

/**
 * The shortest way along imports from `start` to `end`, both included; `undefined` where there is none.
 * @param {string} start
 * @param {string} end
 */
function wayBetween(start, end) {
  /** @type {Map<string, string | undefined>} */
  const cameFrom = new Map([[start, undefined]]);
  // A map visits what is added during the loop: breadth first.
  for (const [file] of cameFrom) {
    if (file === end) {
      const way = [];
      for (
        let at = /** @type {string | undefined} */ (file);
        at !== undefined;
        at = cameFrom.get(at)
      )
        way.unshift(at);
      return way;
    }
    for (const next of importsOnDisk(file)) if (!cameFrom.has(next)) cameFrom.set(next, file);
  }
  return undefined;
}

/** @type {import("eslint").Rule.RuleModule} */
export const circles = {
  meta: { type: "problem", schema: [], messages: { circle: "a circle of files: {{way}}" } },
  create(context) {
    const file = context.filename;
    return {
      Program(node) {
        const reported = new Set();
        for (const target of importsOf(file, context.sourceCode.text)) {
          if (reported.has(target)) continue;
          reported.add(target);
          const way = wayBetween(target, file);
          if (way === undefined) continue;
          const names = [file, ...way].map((path) => relative(context.cwd, path));
          context.report({ node, messageId: "circle", data: { way: names.join(" → ") } });
        }
      },
    };
  },
};
