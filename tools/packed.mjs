/** The packages as they would be published: packed, inspected, installed into an empty folder, and used from there. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { commandStep, root, run, step } from "./steps.mjs";

const packages = ["core", "node-adapter", "deno-adapter", "bun-adapter"];
/** Those that also come as CommonJS. */
const dual = ["core", "node-adapter"];
/**
 * How each adapter's own runtime runs a program. Deno is allowed what the README says.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const runtimes = {
  "node-adapter": [process.execPath],
  "deno-adapter": [
    "deno",
    "run",
    "--no-prompt",
    "--cached-only",
    "--node-modules-dir=manual",
    "--allow-net=127.0.0.1",
  ],
  "bun-adapter": ["bun", "--bun"],
};

/**
 * Packs one package and unpacks it where a program would find it.
 * @param {string} name
 * @param {string} scratch
 */
async function pack(name, scratch) {
  const tarball = join(scratch, `${name}.tgz`);
  const home = join(scratch, "node_modules", "@sansocket", name);
  const packed = await run("pnpm", ["pack", "--out", tarball], {
    cwd: join(root, "packages", name),
  });
  if (packed.code !== 0) return packed.output;
  mkdirSync(home, { recursive: true });
  const unpacked = await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", home]);
  if (unpacked.code !== 0) return unpacked.output;
  const manifest = readFileSync(join(home, "package.json"), "utf8");
  if (manifest.includes("workspace:")) return "package.json still says workspace: after packing";
  if (manifest.includes('"source"'))
    return "package.json still has the condition `source`, which is for this repository alone: take it out in publishConfig.exports";
  return undefined;
}

/**
 * A program that serves and connects by every door, and gets an ordinary page.
 * @param {string} name an adapter's
 */
const echo = (name) => `
  import { connect, listen, serve } from "@sansocket/${name}";
  const websocket = { message: (socket, data) => socket.send(data) };
  for (const open of [listen, serve]) {
    const server = open({ hostname: "127.0.0.1", websocket, ...open === serve ? { fetch: () => new Response("page") } : {} });
    await server.ready;
    const socket = await connect(server.url, { perMessageDeflate: true });
    const answer = await new Promise((resolve) => { socket.onmessage = ({ data }) => resolve(data); socket.send("echo"); });
    if (answer !== "echo") throw new Error("got " + answer);
    if (open === serve && await (await fetch("http://127.0.0.1:" + server.port)).text() !== "page") throw new Error("no page");
    await server.stop();
  }
`;

/** A program that runs the command by its `bin`: a server, and a client that talks to it through a pipe. */
const command = `
  import assert from "node:assert/strict";
  import { spawn, spawnSync } from "node:child_process";
  import { once } from "node:events";
  import { readFileSync } from "node:fs";
  const home = new URL("node_modules/@sansocket/node-adapter/", import.meta.url);
  const { bin, version } = JSON.parse(readFileSync(new URL("package.json", home), "utf8"));
  const file = new URL(bin.sansocket, home).pathname;
  assert.equal(spawnSync(process.execPath, [file, "--version"]).stdout.toString(), version + "\\n");
  const server = spawn(process.execPath, [file, "listen", "0", "--echo"]);
  const [line] = await once(server.stdout, "data");
  const url = /ws:\\S+/.exec(line)[0];
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, "connect", url], { input: "echo\\n" });
  server.kill();
  assert.deepEqual([status, stdout.toString(), stderr.toString()], [0, "echo\\n", ""]);
`;

/**
 * The programs that use what was packed, by file name: each entry in each format, and that all agree on the names.
 * @param {string} home
 */
function programs(home) {
  /** @type {string[]} */
  const esm = [];
  const cjs = [];
  for (const name of packages) {
    const { exports } = JSON.parse(readFileSync(join(home, name, "package.json"), "utf8"));
    for (const entry of Object.keys(exports)) {
      if (entry === "./package.json") continue;
      const specifier = `@sansocket/${name}${entry.slice(1)}`;
      esm.push(specifier);
      if (dual.includes(name)) cjs.push(specifier);
    }
  }
  const list = JSON.stringify(cjs);
  const types = (
    /** @type {(specifier: string, index: number) => string} */ line,
    /** @type {string[]} */ specifiers,
  ) => specifiers.map(line).join("\n");
  return {
    "use.mjs": `
      import { createRequire } from "node:module";
      import assert from "node:assert/strict";
      const require = createRequire(import.meta.url);
      for (const specifier of ${JSON.stringify(esm)}) {
        const names = Object.keys(await import(specifier)).filter((name) => !["default", "module.exports", "__esModule"].includes(name)).sort();
        assert.ok(names.length > 0, specifier + " exports nothing");
        if (!${list}.includes(specifier)) continue;
        const required = require(specifier);
        const imported = await import(specifier);
        for (const name of names) {
          assert.ok(name in required, "require(" + JSON.stringify(specifier) + ") lacks " + name);
          // Not so where the build has taken the code apart for CommonJS.
          if (typeof required[name] === "function") assert.equal(required[name].name, imported[name].name);
        }
      }
      // In another runtime a package loads, and says what to use instead where it cannot do its work.
      const { listen } = await import("@sansocket/bun-adapter");
      await assert.rejects(listen({ hostname: "127.0.0.1", websocket: {} }).ready, /on Node use @sansocket\\/node-adapter/);
    `,
    ...Object.fromEntries(Object.keys(runtimes).map((name) => [`${name}.mjs`, echo(name)])),
    "command.mjs": command,
    "package.json": JSON.stringify({
      type: "module",
      dependencies: Object.fromEntries(packages.map((name) => [`@sansocket/${name}`, "*"])),
    }),
    "use.cjs": types((specifier) => `require(${JSON.stringify(specifier)});`, cjs),
    "types.mts": types(
      (specifier, index) =>
        `import * as m${index} from "${specifier}";\nexport const n${index}: object = m${index};`,
      esm,
    ),
    "types.cts": types(
      (specifier, index) =>
        `import m${index} = require("${specifier}");\nexport const n${index}: object = m${index};`,
      cjs,
    ),
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        module: "NodeNext",
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        lib: ["ES2023", "DOM", "DOM.Iterable"],
        types: ["node"],
        typeRoots: [join(root, "node_modules", "@types")],
      },
      files: ["types.mts", "types.cts"],
    }),
  };
}

/**
 * Gives the unpacked packages what they depend on, from the workspace's own store: no network.
 * @param {string} modules
 */
function linkDependencies(modules) {
  const links = {
    xstate: join(root, "packages/core/node_modules/xstate"),
    "@types": join(root, "node_modules/@types"),
  };
  for (const [name, target] of Object.entries(links)) {
    const link = join(modules, name);
    if (existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(target), link, "junction");
  }
}

/**
 * The steps about packages, of `npm test`. `scratch` is an empty folder outside the repository.
 * @param {string} scratch
 */
export async function checkPackages(scratch) {
  const packed = await step(`packages pack (${packages.join(", ")})`, async () => {
    const problems = await Promise.all(
      packages.map(async (name) => [name, await pack(name, scratch)]),
    );
    const told = problems
      .filter(([, problem]) => problem !== undefined)
      .map(([name, problem]) => `${name}: ${problem}`);
    return told.length === 0 ? undefined : told.join("\n");
  });
  for (const name of packages) {
    if (!existsSync(join(scratch, `${name}.tgz`))) continue;
    await commandStep(`${name}: publint`, "publint", [join(scratch, `${name}.tgz`), "--strict"]);
    const profile = dual.includes(name) ? "node16" : "esm-only";
    await commandStep(`${name}: are the types wrong`, "attw", [
      join(scratch, `${name}.tgz`),
      "--no-emoji",
      "--profile",
      profile,
    ]);
  }
  if (!packed) return;
  const modules = join(scratch, "node_modules");
  linkDependencies(modules);
  for (const [file, text] of Object.entries(programs(join(modules, "@sansocket"))))
    writeFileSync(join(scratch, file), text);
  await commandStep(
    "packed packages: import, and the same names by require",
    process.execPath,
    ["use.mjs"],
    { cwd: scratch },
  );
  for (const [name, [command = "", ...args]] of Object.entries(runtimes)) {
    await commandStep(
      `packed packages: ${name} serves and connects in its own runtime`,
      command,
      [...args, `${name}.mjs`],
      { cwd: scratch, timeout: 30_000 },
    );
  }
  await commandStep("packed packages: the command sansocket", process.execPath, ["command.mjs"], {
    cwd: scratch,
    timeout: 30_000,
  });
  await commandStep("packed packages: require from CommonJS", process.execPath, ["use.cjs"], {
    cwd: scratch,
  });
  await commandStep("packed packages: types, in both formats, strictly", "tsc", [
    "-p",
    scratch,
    "--pretty",
    "false",
  ]);
}
