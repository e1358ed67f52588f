/**
 * Shows every law of `eslint.config.js` something that breaks it and something like it that does not, so that a law
 * which no longer bites is noticed.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ESLint } from "eslint";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const eslint = new ESLint({ cwd: root });

/** The rules that refuse `code` if it stood in `file`. */
async function refusals(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: root + file });
  return [...new Set(result?.messages.map((message) => message.ruleId ?? message.message))];
}

const core = "packages/core/src/frame/probe.ts";
const law = "packages/core/src/lifecycle/probe.ts";
const shell = "packages/core/src/shell/probe.ts";
const node = "packages/node-adapter/src/probe.ts";
const bun = "packages/bun-adapter/src/probe.ts";
const deno = "packages/deno-adapter/src/probe.ts";

const LAYERS = "sansocket/layers";
const IMPORTS = "no-restricted-imports";
const CHART = "@typescript-eslint/no-restricted-imports";
const SYNTAX = "no-restricted-syntax";
const GLOBALS = "no-restricted-globals";
const lines = (count: number): string =>
  "export const a = 1;\n"
    .repeat(count)
    .replaceAll("a =", () => `a${Math.random().toString(36).slice(2)} =`);
const body = (count: number): string =>
  `export function f(a: number): number {\n${"a += 1;\n".repeat(count)}return a;\n}\n`;
const branches = (count: number): string =>
  `export function f(a: number): number {\n${"if (a > 1) a -= 1;\n".repeat(count)}return a;\n}\n`;

const refused: [law: string, file: string, rule: string, code: string][] = [
  [
    "1: leaf imports machine",
    "packages/core/src/close-code.ts",
    LAYERS,
    `export { type Connection } from "./connection/contract.ts";`,
  ],
  [
    "1: codec imports law",
    core,
    LAYERS,
    `import { x } from "../lifecycle/chart.ts"; export const y = x;`,
  ],
  [
    "1: codec imports machine, as a type",
    core,
    LAYERS,
    `export type X = import("../connection/contract.ts").Connection;`,
  ],
  [
    "1: protocol imports machine",
    "packages/core/src/handshake/probe.ts",
    LAYERS,
    `import type { Connection } from "../connection/contract.ts"; export type X = Connection;`,
  ],
  [
    "1: law imports codec",
    law,
    LAYERS,
    `import { x } from "../frame/decoder.ts"; export const y = x;`,
  ],
  [
    "1: machine imports shell",
    "packages/core/src/connection/probe.ts",
    LAYERS,
    `import type { Transport } from "../shell/transport.ts"; export type X = Transport;`,
  ],
  [
    "1: shell imports testing",
    shell,
    LAYERS,
    `import { x } from "../testing/recorder.ts"; export const y = x;`,
  ],
  [
    "1: a file without a layer",
    "packages/core/src/elsewhere/probe.ts",
    LAYERS,
    `export { x } from "../options.ts";`,
  ],
  [
    "1: a circle of types",
    "packages/core/src/violation.ts",
    "sansocket/circles",
    `import type { ExtensionFailure } from "./extension/extension.ts"; export type X = ExtensionFailure;`,
  ],
  [
    "1: a circle of three, by a type named in place",
    "packages/core/src/opening-response.ts",
    "sansocket/circles",
    `export type X = import("./opening.ts").Opening;`,
  ],
  [
    "1: one adapter imports another",
    deno,
    IMPORTS,
    `import { x } from "@sansocket/node-adapter"; export const y = x;`,
  ],
  [
    "1: one adapter imports another by path",
    deno,
    LAYERS,
    `export { x } from "../../node-adapter/src/platform.ts";`,
  ],
  ["3: a clock", core, GLOBALS, `export const now = (): number => Date.now();`],
  ["3: chance", core, "no-restricted-properties", `export const x = Math.random();`],
  ["3: Promise", core, GLOBALS, `export const x = Promise.resolve(1);`],
  ["3: WeakRef", core, GLOBALS, `export const x = new WeakRef({});`],
  ["3: Buffer", core, GLOBALS, `export const x = Buffer.alloc(1);`],
  ["3: setTimeout", core, GLOBALS, `setTimeout(() => 1, 1);`],
  ["3: async", core, SYNTAX, `export async function f(): Promise<void> {}`],
  ["3: a generator", core, SYNTAX, `export function* f(): Generator<number> { yield 1; }`],
  [
    "4: xstate outside lifecycle",
    core,
    IMPORTS,
    `import { setup } from "xstate"; export const x = setup;`,
  ],
  ["4: assign", law, CHART, `import { assign } from "xstate"; export const x = assign;`],
  [
    "4: createActor",
    law,
    CHART,
    `import { createActor } from "xstate"; export const x = createActor;`,
  ],
  ["4: all of xstate", law, CHART, `import * as xstate from "xstate"; export const x = xstate;`],
  [
    "4: another package in lifecycle",
    law,
    CHART,
    `import { x } from "node:buffer"; export const y = x;`,
  ],
  [
    "5: node: in the machine",
    core,
    IMPORTS,
    `import { x } from "node:buffer"; export const y = x;`,
  ],
  [
    "5: I/O in the shell",
    shell,
    IMPORTS,
    `import { connect } from "node:net"; export const x = connect;`,
  ],
  ["5: fs in bun-adapter", bun, IMPORTS, `import { x } from "node:fs"; export const y = x;`],
  ["5: Deno away from home", bun, GLOBALS, `export const x = Deno.version;`],
  ["5: Bun away from home", node, GLOBALS, `export const x = Bun.version;`],
  [
    "6: an adapter imports the core by path",
    node,
    LAYERS,
    `export { x } from "../../core/src/options.ts";`,
  ],
  [
    "6: an adapter imports the core's testing kit",
    node,
    IMPORTS,
    `import { x } from "@sansocket/core/testing"; export const y = x;`,
  ],
  [
    "6: index.ts from inside",
    "packages/core/src/connection/probe.ts",
    LAYERS,
    `export { x } from "../index.ts";`,
  ],
  [
    "6: the core imports itself by name",
    shell,
    IMPORTS,
    `import { x } from "@sansocket/core"; export const y = x;`,
  ],
  ["6: code in index.ts", "packages/core/src/index.ts", LAYERS, `export const x = 1;`],
  ["7: #private", core, SYNTAX, `export class A { #a = 1; b(): number { return this.#a; } }`],
  ["7: enum", core, SYNTAX, `export enum A { B }`],
  ["7: namespace", shell, SYNTAX, `export namespace A { export const b = 1; }`],
  [
    "7: parameter property",
    shell,
    SYNTAX,
    `export class A { constructor(private readonly a: number) {} }`,
  ],
  ["7: default export", shell, SYNTAX, `export default 1;`],
  ["7: export *", shell, SYNTAX, `export * from "./transport.ts";`],
  [
    "7: export * in an adapter, but of the names that all have",
    "packages/node-adapter/src/index.ts",
    SYNTAX,
    `export * from "@sansocket/core/shell";`,
  ],
  [
    "7: a field on the prototype",
    core,
    SYNTAX,
    `export class A { declare b: number; } A.prototype.b = 1;`,
  ],
  ["7: return void", core, SYNTAX, `export function f(a: () => number): void { return void a(); }`],
  ["7: extends", core, SYNTAX, `import { B } from "./b.ts"; export class A extends B {}`],
  [
    "7: extends a writable stream in the shell",
    shell,
    SYNTAX,
    `import { Writable } from "node:stream"; export class A extends Writable {}`,
  ],
  ["9: 401 lines", core, "max-lines", lines(401)],
  ["9: a function of 63 lines", core, "max-lines-per-function", body(60)],
  ["9: 16 ways through a function", core, "complexity", branches(15)],
  [
    "10: a sentence without its subject",
    core,
    "sansocket/words",
    `/** Counts frames. What is counted stays. */ export const a = 1;`,
  ],
  ["10: told", core, "sansocket/words", `export const a = 1; // The peer\n// is told.`],
  ["10: whom, in a test", node.replace("src", "test"), "sansocket/words", `// The peer to whom`],
  ["10: told, in a tool", "tools/probe.mjs", "sansocket/words", `// The process is told.`],
  ["10: announced, in an example", "examples/probe.mjs", "sansocket/words", `// It is announced.`],
  ["10: what, in a benchmark", "benchmarks/probe.mjs", "sansocket/words", `/** What it pays. */`],
  [
    "10: a first sentence of 21 words",
    core,
    "sansocket/first-sentence",
    `/** Reads${" and reads".repeat(10)}. */ export class A {}`,
  ],
  ["no any", node, "@typescript-eslint/no-explicit-any", `export const x = (y: any): number => y;`],
];

const accepted: [what: string, file: string, code: string][] = [
  ["codec imports leaf", core, `export { NOT_UTF8 } from "../platform.ts";`],
  [
    "machine imports law",
    "packages/core/src/connection/probe.ts",
    `export { chart } from "../lifecycle/chart.ts";`,
  ],
  [
    "a violation knows the answer that was refused, which knows nothing of it",
    "packages/core/src/violation.ts",
    `export type { OpeningResponse } from "./opening-response.ts";`,
  ],
  ["shell imports machine", shell, `export { type Connection } from "../connection/contract.ts";`],
  [
    "lifecycle uses xstate's pure part",
    law,
    `import { setup, transition, type SnapshotFrom } from "xstate"; export const x = [setup, transition]; export type S = SnapshotFrom<never>;`,
  ],
  [
    "shell extends Stream and keeps #private",
    shell,
    `import { Stream } from "node:stream"; export class A extends Stream { #a = 1; b(): number { return this.#a; } }`,
  ],
  ["core extends Error", core, `export class A extends TypeError {}`],
  [
    "shell is asynchronous",
    shell,
    `export async function f(): Promise<void> { await Promise.resolve(); }`,
  ],
  [
    "node-adapter imports node:net and the core",
    node,
    `import { connect } from "node:net"; import { x } from "@sansocket/core"; export const y = [connect, x];`,
  ],
  ["bun-adapter names Bun", bun, `export const x = Bun.version;`],
  ["300 lines", core, lines(300)],
  [
    "plain words",
    core,
    `/** Reads what the peer sent${" and reads".repeat(7)}. Why? What for? @param a what it counts */ export function f(a: number): number { return a; }`,
  ],
  [
    "index.ts re-exports by name",
    "packages/core/src/index.ts",
    `export { NOT_UTF8 } from "./platform.ts";`,
  ],
];

describe("the laws of the code", () => {
  test.each(refused)("refuses %s", async (_, file, rule, code) =>
    expect(await refusals(file, code)).toContain(rule),
  );
  test.each(accepted)("accepts: %s", async (_, file, code) =>
    expect(await refusals(file, code)).toEqual([]),
  );

  test("1: refuses a cycle", async () => {
    // The two files of the fixture import each other; the folder is ignored by lint otherwise.
    const free = new ESLint({ cwd: root, ignore: false });
    const [result] = await free.lintFiles([`${root}tools/test/fixtures/cycle-a.ts`]);
    expect(result?.messages.map((message) => message.ruleId)).toContain("sansocket/circles");
  });

  test.each([
    ["core", ["xstate"]],
    ["node-adapter", ["@sansocket/core"]],
    ["deno-adapter", ["@sansocket/core"]],
    ["bun-adapter", ["@sansocket/core"]],
  ])("8: %s depends at run time on %j and nothing else", (name, expected) => {
    const manifest = JSON.parse(
      readFileSync(`${root}packages/${name}/package.json`, "utf8"),
    ) as Record<string, object | undefined>;
    expect(Object.keys(manifest["dependencies"] ?? {})).toEqual(expected);
  });

  test("4: no entry of the core loads XState: connections go by its tables", async () => {
    const { metafile } = await build({
      entryPoints: ["index", "shell/index", "node-compat/index", "testing/index"].map(
        (entry) => `${root}packages/core/src/${entry}.ts`,
      ),
      bundle: true,
      write: false,
      metafile: true,
      outdir: "out",
      format: "esm",
      external: ["node:*"],
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.filter((file) => file.includes("lifecycle/tables/"))).not.toEqual([]);
    expect(inputs.filter((file) => file.includes("xstate"))).toEqual([]);
  });

  test("2: the compiler knows nothing ambient in the core", () => {
    const ambient = [
      "Buffer",
      "process",
      "setTimeout",
      "console",
      "crypto",
      "performance",
      "TextDecoder",
      "queueMicrotask",
    ];
    const folder = `${root}packages/core`;
    const { options } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(`${folder}/tsconfig.json`, ts.sys.readFile).config,
      ts.sys,
      folder,
    );
    const probe = `${folder}/src/probe.ts`;
    const host = ts.createCompilerHost(options);
    const read = host.getSourceFile.bind(host);
    host.getSourceFile = (name, target) =>
      name === probe
        ? ts.createSourceFile(name, ambient.map((global) => `${global};`).join("\n"), target)
        : read(name, target);
    const program = ts.createProgram([probe], options, host);
    const messages = program
      .getSemanticDiagnostics(program.getSourceFile(probe))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
    expect(messages).toEqual(
      ambient.map((global) => expect.stringMatching(`Cannot find name '${global}'`)),
    );
  });
});
