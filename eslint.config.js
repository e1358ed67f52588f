/**
 * The laws of the code: which layer may import which, and which code is refused. `tools/test/lint-laws.test.ts` shows
 * each of them a violation, so none can stop working unseen.
 */
import { defineConfig, globalIgnores } from "eslint/config";
import globals from "globals";
import tseslint from "typescript-eslint";
import ambient from "./tools/lint/ambient.js";
import sansocket from "./tools/lint/layers.js";

const CORE = "packages/core/src/**/*.ts";
const SHELL = "packages/core/src/shell/**/*.ts";
const COMPAT = "packages/core/src/node-compat/**/*.ts";
const TESTING = "packages/core/src/testing/**/*.ts";
const LAW = "packages/core/src/lifecycle/**/*.ts";
const SOURCES = "packages/*/src/**/*.ts";

/** @type {(laws: Record<string, string>) => any} */
const syntax = (laws) => [
  "error",
  ...Object.entries(laws).map(([selector, message]) => ({ selector, message })),
];

const surfaceLaws = {
  TSEnumDeclaration:
    "No enums: strings for what people read, constants for what is a number on the wire.",
  TSModuleDeclaration: "No namespaces: a file is a module.",
  TSParameterProperty: "No parameter properties: fields are declared, in order.",
  ExportDefaultDeclaration: "No default exports: a thing has one name.",
  ExportAllDeclaration: "No `export *`: the surface is listed by name.",
};
/** @type {(bases: string) => Record<string, string>} */
const extendsLaw = (bases) => ({
  [`:matches(ClassDeclaration, ClassExpression)[superClass]:not([superClass.name=/^(${bases})$/])`]: `A class may extend only ${bases.replaceAll("|", ", ")}.`,
});
const pureLaws = {
  PrivateIdentifier:
    "No #private in the core: TypeScript's `private` is erased and measurably faster.",
  ":function[async=true]": "The core is synchronous.",
  ":function[generator=true]": "No generators in the core: what comes out is an action.",
  AwaitExpression: "The core is synchronous.",
  "PropertyDefinition[declare=true]":
    "A field belongs to its object: no `declare` with a value on the prototype.",
  ":matches(ReturnStatement, ArrowFunctionExpression) > UnaryExpression[operator='void']":
    "Do it, then return: `return void` hides a statement in an expression.",
  ...extendsLaw("Error|TypeError|RangeError"), // roles too are composed: docs/decisions/0003-roles-by-composition.md
};

/**
 * Modules a folder may import by name; relative paths are the business of `sansocket/layers`.
 * @type {(allowed: readonly string[], message: string) => any}
 */
const onlyModules = (allowed, message) => [
  "error",
  {
    patterns: [{ regex: `^(?![.]{1,2}/)(?!(?:${allowed.join("|") || "$"})$)`, message }],
  },
];

/** Node's modules that Deno and Bun offer too, and that an adapter may build on. */
const nodeLayer = "node:(buffer|crypto|diagnostics_channel|events|https?2?|net|stream|tls|zlib)";
/** @type {Record<string, readonly string[]>} */
const adapters = {
  // srvx is bundled, not depended on: docs/decisions/0005-fetch-bridge.md
  "node-adapter": ["node:.*", "undici", "srvx/node"], // its command has more: below
  "deno-adapter": [nodeLayer, "srvx/node"],
  "bun-adapter": [nodeLayer, "srvx/node"],
};

const XSTATE_ALLOWED = [
  "setup",
  "raise",
  "stateIn",
  "transition",
  "initialTransition",
  "getNextTransitions",
];

export default defineConfig(
  globalIgnores([
    "**/dist/",
    "**/node_modules/",
    "**/coverage/",
    "**/.turbo/",
    "benchmarks/results/",
    "**/fixtures/",
    "**/*.timestamp-*",
  ]),

  // Everything.
  {
    files: ["**/*.{ts,mts,cts,js,mjs,cjs}"],
    plugins: { "@typescript-eslint": tseslint.plugin, sansocket },
    languageOptions: { parser: tseslint.parser, ecmaVersion: 2023, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/ban-ts-comment": [
        "error",
        { "ts-expect-error": "allow-with-description" },
      ],
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": [
        "error",
        {
          argsIgnorePattern: "^_",
          varsIgnorePattern: "^_",
          caughtErrors: "none",
          destructuredArrayIgnorePattern: "^_",
        },
      ],
      "sansocket/circles": "error",
      "sansocket/words": "error",
      "no-duplicate-imports": ["error", { allowSeparateTypeImports: true }],
      complexity: ["error", 15],
      eqeqeq: "error",
      "one-var": ["error", "never"],
      "max-lines": ["error", 400],
      "no-cond-assign": "error",
      "no-constant-condition": ["error", { checkLoops: "allExceptWhileTrue" }],
      "no-debugger": "error",
      "no-dupe-else-if": "error",
      "no-dupe-keys": "error",
      "no-duplicate-case": "error",
      "no-fallthrough": "error",
      "no-self-assign": "error",
      "no-unreachable": "error",
      "no-unsafe-finally": "error",
      "no-unused-expressions": ["error", { allowShortCircuit: true, allowTernary: true }],
      "no-useless-catch": "error",
      "no-var": "error",
      "no-warning-comments": ["error", { terms: ["todo", "fixme", "xxx", "hack"] }],
      "prefer-const": ["error", { destructuring: "all" }],
      "valid-typeof": "error",
    },
  },
  {
    files: ["**/*.{js,mjs,cjs}"],
    languageOptions: { globals: globals.node },
    rules: { "no-undef": "error" },
  },
  { files: ["**/*.cjs"], languageOptions: { sourceType: "commonjs" } },
  {
    files: ["examples/**/*.{js,mjs}", "packages/*/test/**/*.{js,mjs}", "**/viewer/*.js"],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },

  // The published sources.
  {
    files: [SOURCES],
    rules: {
      "max-lines-per-function": ["error", 60],
      "no-console": "error",
      "no-restricted-globals": ["error", "Bun", "Deno"],
      "sansocket/layers": "error",
    },
  },
  // An exported class or function says in its first sentence what it does.
  {
    files: [SOURCES, "packages/core/testing/**/*.ts", "tools/lint/*.js", "eslint.config.js"],
    rules: { "sansocket/first-sentence": "error" },
  },

  // The machine: pure, synchronous, on its own.
  {
    files: [CORE],
    rules: {
      "no-restricted-globals": [
        "error",
        ...ambient.map((name) => ({
          name,
          message: "The core reads nothing ambient: it is an input, an action or the Platform's.",
        })),
      ],
      "no-restricted-properties": [
        "error",
        { object: "Math", property: "random", message: "Randomness is the Platform's." },
      ],
      "no-restricted-syntax": syntax({ ...surfaceLaws, ...pureLaws }),
      "no-restricted-imports": onlyModules([], "The core imports nothing but its own files."),
    },
  },
  {
    files: [LAW],
    rules: {
      "no-restricted-imports": "off",
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          paths: [
            {
              name: "xstate",
              allowTypeImports: true,
              allowImportNames: XSTATE_ALLOWED,
              message: `The chart carries no data and runs no actors: only ${XSTATE_ALLOWED.join(", ")}.`,
            },
          ],
          patterns: [
            {
              regex: "^(?![.]{1,2}/)(?!xstate$)",
              message: "The lifecycle imports xstate and its own files.",
            },
          ],
        },
      ],
    },
  },

  // The shell and the testing kit: imperative, still no I/O of their own.
  {
    files: [SHELL, COMPAT, TESTING],
    rules: {
      "no-restricted-globals": [
        "error",
        "Bun",
        "Deno",
        "process",
        "Buffer",
        "setTimeout",
        "setInterval",
        "setImmediate",
        "fetch",
      ],
      "no-restricted-properties": "off",
      "no-restricted-syntax": syntax({
        ...surfaceLaws,
        ...extendsLaw(
          "Error|TypeError|RangeError|Stream|Event|EventTarget|EventSourceClient|Recorder",
        ),
      }),
      "no-restricted-imports": onlyModules(
        ["node:stream", "node:events", "node:buffer"],
        "The shell may import node:stream, node:events and node:buffer: all three runtimes have them.",
      ),
    },
  },

  // Common to the three runtimes: adapters bring Node's modules, this code names their types only.
  {
    files: ["packages/core/src/node-compat/**/*.ts", "packages/core/src/shell/ws/**/*.ts"],
    rules: {
      "no-restricted-imports": "off",
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: "^(?![.]{1,2}/)(?!node:(?:stream|events|buffer)$)(?!node:)",
              message:
                "node-compat imports node:stream, node:events and node:buffer, and types of other node: modules.",
            },
            {
              regex: "^node:(?!(?:stream|events|buffer)$)",
              allowTypeImports: true,
              message: "Adapters bring these modules: import their types only.",
            },
          ],
        },
      ],
    },
  },

  // The API of ws has its classes: they extend what those of ws do, and each runtime's extend ours.
  {
    files: ["packages/core/src/shell/ws/**/*.ts"],
    rules: {
      "no-restricted-syntax": syntax({
        ...surfaceLaws,
        ...extendsLaw("Event|EventEmitter|Duplex|Writable|Base"),
      }),
    },
  },

  // The contract suite waits for real sockets.
  {
    files: [TESTING],
    rules: { "no-restricted-globals": ["error", "Bun", "Deno", "process", "Buffer", "fetch"] },
  },

  // Adapters: their own runtime and the core, by name.
  ...Object.entries(adapters).map(([name, modules]) => ({
    files: [`packages/${name}/src/**/*.ts`],
    rules: {
      "no-restricted-globals": /** @type {any} */ ([
        "error",
        ...["Bun", "Deno"].filter((global) => !name.startsWith(global.toLowerCase())),
      ]),
      "no-restricted-imports": onlyModules(
        [
          "@sansocket/core",
          "@sansocket/core/shell",
          "@sansocket/core/node-compat",
          "@sansocket/core/public",
          "@sansocket/core/ws",
          "@sansocket/core/trace",
          ...modules,
        ],
        `${name} imports its own runtime and the core, by name.`,
      ),
    },
  })),

  // The names that every adapter has stand in one list, in the core.
  {
    files: ["packages/*-adapter/src/index.ts"],
    rules: {
      "no-restricted-syntax": syntax({
        "ExportAllDeclaration:not([source.value='@sansocket/core/public'])":
          surfaceLaws.ExportAllDeclaration,
      }),
    },
  },

  // The command of node-adapter: its dependencies are bundled, and no other part of the library imports it (docs/decisions/0014-command-line.md).
  {
    files: ["packages/node-adapter/src/cli/**/*.ts"],
    rules: {
      "no-restricted-imports": onlyModules(
        ["@sansocket/core(?:/.*)?", "node:.*", "proxy-from-env", "https-proxy-agent", "hpack.js"],
        "The command imports Node, the core by name, and libraries that are bundled.",
      ),
    },
  },

  // Tests are tables: long, and closures inside `describe`.
  {
    files: [
      "packages/*/test/**/*.ts",
      "packages/core/{testing,fuzz,explore,simulate}/**/*.ts",
      "packages/core/src/testing/suites/**/*.ts",
      "{tools,examples}/test/**/*.ts",
    ],
    rules: {
      "max-lines": ["error", 600],
      "max-lines-per-function": "off",
      "@typescript-eslint/no-explicit-any": "off",
    },
  },
  // Outside: packages by name.
  {
    files: ["examples/**", "benchmarks/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ regex: "packages/.*/(src|dist)/", message: "Import packages by name." }] },
      ],
    },
  },
);
