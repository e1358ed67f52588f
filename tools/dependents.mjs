/**
 * Runs packages that depend on `ws` on ours in its place: what would be published is packed and installed by `overrides`, as a project would do
 * it, and a session of each is run. `npm run test:dependents`; `-- --short` for the quickest, `-- --only NAME`, `-- --ws` on `ws` itself.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, env, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { buildAlias } from "../packages/node-adapter/ws/build.mjs";
import { sessions } from "./dependents/sessions.mjs";
import { root, run, step, total } from "./steps.mjs";

/** The packages that are packed as they would be published. */
const packed = ["core", "node-adapter"];
/** Longer than any session takes, in milliseconds, on a busy machine too. */
const SESSION_MOST = 60_000;
/** The commands that run a session, by runtime. Deno uses the packages that npm has installed. */
const runtimes = {
  node: [execPath],
  deno: ["deno", "run", "-A", "--quiet", "--cached-only", "--node-modules-dir=manual"],
};
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/google-chrome"];

/** @typedef {import("./dependents/sessions.mjs").Session} Session */

/**
 * Packs ours, the alias included. Returns where each tarball is, by the name it stands in for.
 * @param {string} folder
 * @returns {Promise<Record<string, string>>}
 */
export async function pack(folder) {
  /** @type {Record<string, string>} */
  const tarballs = {};
  for (const name of packed) {
    const tarball = join(folder, `${name}.tgz`);
    const { code, output } = await run("pnpm", ["pack", "--out", tarball], {
      cwd: join(root, "packages", name),
    });
    if (code !== 0) throw new Error(output);
    tarballs[`@sansocket/${name}`] = `file:${tarball}`;
  }
  const alias = join(folder, "alias");
  buildAlias(alias);
  const { code, output } = await run("npm", ["pack", "--pack-destination", folder], { cwd: alias });
  if (code !== 0) throw new Error(output);
  const tarball = readdirSync(folder).find((file) => /ws-8.*\.tgz$/.test(file));
  tarballs["ws"] = `file:${join(folder, String(tarball))}`;
  return tarballs;
}

/**
 * Installs what the sessions need, with `overrides` in place of `ws`.
 * @param {string} project
 * @param {readonly Session[]} chosen
 * @param {Record<string, string>} overrides
 * @returns {Promise<string | undefined>} what went wrong
 */
export async function install(project, chosen, overrides) {
  const dependencies = Object.assign({}, ...chosen.map((session) => session.dependencies));
  mkdirSync(project, { recursive: true });
  // npm wants an override of a direct dependency to say the same.
  const manifest = {
    private: true,
    type: "module",
    dependencies: { ...dependencies, ...overrides },
    overrides,
  };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  const sources = fileURLToPath(new URL("dependents/sessions/", import.meta.url));
  for (const file of readdirSync(sources)) copyFileSync(join(sources, file), join(project, file));
  const { code, output } = await run(
    "npm",
    ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"],
    { cwd: project },
  );
  return code === 0 ? undefined : output;
}

/**
 * That every package gets the same `ws`, and that it is the one meant.
 * @param {string} project
 * @param {boolean} isOurs
 */
async function checkCopies(project, isOurs) {
  const { output } = await run("npm", ["ls", "ws", "--all", "--parseable"], { cwd: project });
  const copies = output.split("\n").filter((line) => line.endsWith("/ws"));
  if (copies.length !== 1) return `expected one copy of ws, got ${copies.length}: ${output}`;
  const { name } = JSON.parse(readFileSync(join(String(copies[0]), "package.json"), "utf8"));
  return (name === "ws") === isOurs ? `ws is ${name}` : undefined;
}

/** @param {Session} session */
function missing({ chromium = false }) {
  const found = env["CHROMIUM_PATH"] ?? CHROMIUM.find((path) => existsSync(path));
  return chromium && found === undefined ? "there is no Chromium (CHROMIUM_PATH)" : undefined;
}

/**
 * @param {string} project
 * @param {Session} session
 * @param {keyof typeof runtimes} runtime
 */
const runSession = (project, session, runtime) =>
  step(`${session.name} on ${runtime}`, async () => {
    const lack = missing(session);
    if (lack !== undefined) {
      console.log(`  left out: ${lack}`);
      return { passed: 0, failed: 0, skipped: 1 };
    }
    const [command = "", ...args] = runtimes[runtime];
    const { code, output } = await run(command, [...args, `${session.name}.mjs`], {
      cwd: project,
      timeout: SESSION_MOST,
    });
    if (code !== 0) return output;
    console.log(`  ${output.trim().split("\n").at(-1)}`);
    return undefined;
  });

/**
 * Runs sessions. Failures are counted in `total`.
 * @param {{ short?: boolean, only?: string | undefined, isOurs?: boolean }} options
 */
export async function runDependents({ short = false, only, isOurs = true }) {
  const chosen = sessions.filter(({ name, short: quick = false }) =>
    only === undefined ? quick || !short : name === only,
  );
  const scratch = mkdtempSync(join(tmpdir(), "sansocket-dependents-"));
  try {
    const project = join(scratch, "project");
    const installed = await step("dependents of ws: installing", async () => {
      const overrides = isOurs ? await pack(scratch) : { ws: "8.23.0" };
      return (await install(project, chosen, overrides)) ?? checkCopies(project, isOurs);
    });
    if (!installed) return;
    for (const session of chosen) {
      await runSession(project, session, "node");
      if (session.deno && !short) await runSession(project, session, "deno");
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const at = argv.indexOf("--only");
  await runDependents({
    short: argv.includes("--short"),
    only: at === -1 ? undefined : argv[at + 1],
    isOurs: !argv.includes("--ws"),
  });
  const { passed, failed, skipped } = total;
  console.log(`\nDependents: ${passed} passed, ${failed} failed, ${skipped} left out.`);
  process.exitCode = failed === 0 ? 0 : 1;
}
