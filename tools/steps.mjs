/** Runs commands one by one or side by side, tells of each how it went and how long it took, and adds up the counts. */
import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../", import.meta.url));
/** @type {NodeJS.ProcessEnv} */
const env = {
  ...process.env,
  PATH: `${root}node_modules/.bin${delimiter}${process.env["PATH"]}`,
  NO_COLOR: "1",
  TURBO_TELEMETRY_DISABLED: "1",
};
delete env["FORCE_COLOR"];

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {{ code: number, output: string }} Outcome
 * @typedef {{ cwd?: string, timeout?: number, show?: boolean, env?: Record<string, string> }} RunOptions
 */

/** Groups of processes that run now: what a command started ends with it, and with us. @type {Set<number>} */
const groups = new Set();
const posix = process.platform !== "win32";

/** @param {number} group */
function killGroup(group) {
  try {
    process.kill(posix ? -group : group, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.once(signal, () => {
    for (const group of groups) killGroup(group);
    process.exit(1);
  });
}

/** @type {Counts} */
export const total = { passed: 0, failed: 0, skipped: 0 };

/**
 * Runs a command to its end. Output is kept, and with `show` printed as it comes; after `timeout` milliseconds the command is killed,
 * with all it started.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Outcome>}
 */
export function run(
  command,
  args,
  { cwd = root, timeout = 180_000, show = false, env: more = {} } = {},
) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...env, ...more },
      stdio: ["ignore", "pipe", "pipe"],
      shell: !posix,
      detached: posix,
    });
    const group = child.pid;
    if (group !== undefined) groups.add(group);
    let output = "";
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (group !== undefined) killGroup(group);
    }, timeout);
    /** @param {Buffer} chunk */
    const take = (chunk) => {
      output += chunk.toString();
      if (show) process.stdout.write(chunk);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", (error) => {
      output += `${command} could not be started: ${error.message}\n`;
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      if (group !== undefined) groups.delete(group);
      if (late) output += `${command} was stopped: it took longer than ${timeout / 1000} s.\n`;
      resolve({ code: late ? 1 : (code ?? 1), output });
    });
  });
}

/**
 * Runs one step: prints its name, its time and its counts. `work` returns the counts, or the output of a failure as a text.
 * A step without counts of its own counts as one.
 * @param {string} name
 * @param {() => Promise<Counts | string | undefined>} work
 * @returns {Promise<boolean>} whether nothing failed
 */
export async function step(name, work) {
  const start = performance.now();
  console.log(`▸ ${name} …`);
  /** @type {Counts | string | undefined} */
  let result;
  try {
    result = await work();
  } catch (error) {
    result = String(error instanceof Error ? error.stack : error);
  }
  const took = `${((performance.now() - start) / 1000).toFixed(1)} s`;
  const counts =
    typeof result === "object"
      ? result
      : { passed: result === undefined ? 1 : 0, failed: result === undefined ? 0 : 1, skipped: 0 };
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  if (typeof result === "string") console.log(result.trimEnd());
  console.log(counts.failed === 0 ? `✓ ${name}: ${took}` : `✗ ${name}: FAILED after ${took}`);
  return counts.failed === 0;
}

/**
 * A step that is one command, which passes when it exits with 0.
 * @param {string} name
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export const commandStep = (name, command, args, options) =>
  step(name, async () => {
    const { code, output } = await run(command, args, options);
    return code === 0 ? undefined : output;
  });
