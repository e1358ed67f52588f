/**
 * Refuses imports against the layers: each file of `packages/core/src` belongs to a layer, and a layer may import
 * itself and the layers listed for it. Rows are tried in order; the first that matches a path names its layer.
 */
import { posix } from "node:path";
import { circles } from "./circles.js";
import { firstSentence, words } from "./words.js";

const CORE = "packages/core/src/";

/** @type {readonly [layer: string, path: RegExp][]} */
const rows = [
  ["surface", /^(.*\/)?index\.ts$/],
  ["leaf", /^(actions|close-code|names|opening|opening-response|options|platform|violation)\.ts$/],
  [
    "leaf",
    /^(digest\/.*|frame\/(opcode|mask|utf8)|http\/(tokens|headers)|lifecycle\/role|extension\/(extension|compression))\.ts$/,
  ],
  ["law", /^lifecycle\//],
  ["codec", /^(frame|http)\/|^extension\/offers\.ts$|^sse\/server\/encode\.ts$/],
  ["protocol", /^(handshake|dialect|extension)\//],
  ["machine", /^(connection|reconnect|sse|topics)\//],
  ["trace", /^trace\//],
  ["lint", /^lint\//],
  ["shell", /^shell\//],
  ["node-compat", /^node-compat\//],
  ["testing", /^testing\//],
];

const machine = ["leaf", "law", "codec", "protocol", "machine"];

/** @type {Readonly<Record<string, readonly string[]>>} */
const mayImport = {
  leaf: ["leaf"],
  law: ["leaf", "law"],
  codec: ["leaf", "codec"],
  protocol: ["leaf", "codec", "protocol"],
  machine,
  trace: [...machine, "trace"],
  lint: [...machine, "trace", "lint"],
  surface: [...machine, "trace", "lint", "shell", "node-compat", "testing"],
  shell: [...machine, "trace", "shell"],
  "node-compat": [...machine, "trace", "shell", "node-compat"],
  testing: [...machine, "trace", "shell", "node-compat", "testing"],
};

/**
 * Names the layer of a file, given its path inside `packages/core/src`.
 * @param {string} path
 * @returns {string | undefined}
 */
const layerOf = (path) => rows.find(([, pattern]) => pattern.test(path))?.[0];

/**
 * Says what is wrong with `file` importing `specifier`, or nothing. Paths are relative to the repository.
 * @param {string} file
 * @param {string} specifier
 * @returns {string | undefined}
 */
function problemOf(file, specifier) {
  const home = /^packages\/[^/]+\/src\//.exec(file)?.[0];
  if (home === undefined || !specifier.startsWith(".")) return undefined;
  const target = posix.join(posix.dirname(file), specifier);
  if (!target.startsWith(home))
    return `${specifier} leaves ${home}: import the package by its name`;
  if (/(^|\/)index\.ts$/.test(target))
    return "index.ts is for other packages: import the file itself";
  if (target.startsWith(`${home}cli/`) && !file.startsWith(`${home}cli/`))
    return `${specifier} is the command's: the library loads nothing of it`;
  if (home !== CORE) return undefined;
  const from = layerOf(file.slice(CORE.length));
  const to = layerOf(target.slice(CORE.length));
  if (from === undefined)
    return "this file belongs to no layer: give it a row in tools/lint/layers.js";
  if (to === undefined)
    return `${specifier} belongs to no layer: give it a row in tools/lint/layers.js`;
  const allowed = mayImport[from] ?? [];
  return allowed.includes(to)
    ? undefined
    : `${from} may import ${allowed.join(", ")}; ${specifier} is ${to}`;
}

/** `index.ts` files re-export what is beside and below them, and nothing else. */
const isSurface = (/** @type {string} */ file) =>
  /^packages\/[^/]+\/src\/(.*\/)?index\.ts$/.test(file);

/** @type {import("eslint").Rule.RuleModule} */
const layers = {
  meta: { type: "problem", schema: [], messages: { law: "{{problem}}" } },
  create(context) {
    const file = posix.normalize(posix.relative(context.cwd, context.filename));
    /** @param {any} node */
    const check = (node) => {
      const specifier = node.source?.value ?? node.argument?.literal?.value;
      if (typeof specifier !== "string") return;
      const problem = problemOf(file, specifier);
      if (problem !== undefined) context.report({ node, messageId: "law", data: { problem } });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
      Program(node) {
        if (!isSurface(file)) return;
        const extra = node.body.find(
          (statement) =>
            !statement.type.startsWith("Export") || !("source" in statement && statement.source),
        );
        if (extra)
          context.report({
            node: extra,
            messageId: "law",
            data: { problem: "index.ts holds re-exports and nothing else" },
          });
      },
    };
  },
};

export default {
  meta: { name: "sansocket" },
  rules: { layers, circles, words, "first-sentence": firstSentence },
};
