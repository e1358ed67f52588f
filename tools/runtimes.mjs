/** The tests of the adapters of Deno and Bun, which mostly wait: several files at a time, and those that measure the process after them, alone. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root, run, step } from "./steps.mjs";

/** @typedef {import("./steps.mjs").Counts} Counts */

/** A file with this name measures how the process grows. */
const ALONE = "growth.test.ts";
const PROCESSES = 2;

/** @param {string} name */
const testsOf = (name) =>
  readdirSync(join(root, "packages", name, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && file !== ALONE)
    .sort()
    .map((file) => `./packages/${name}/test/${file}`);

/**
 * Runs a runtime's own test command. The counts are those that it prints.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {readonly [passed: RegExp, failed: RegExp, skipped: RegExp]} patterns
 * @param {Record<string, string>} [env]
 * @returns {Promise<Counts>}
 */
async function testRun(command, args, patterns, env) {
  const { code, output } = await run(command, args, { timeout: 600_000, ...(env && { env }) });
  const [passed = 0, failed = 0, skipped = 0] = patterns.map((pattern) =>
    Number(pattern.exec(output)?.[1] ?? 0),
  );
  if (code === 0 && passed > 0 && failed === 0) return { passed, failed, skipped };
  console.log(output.trimEnd());
  return { passed, failed: Math.max(failed, 1), skipped };
}

/**
 * @param {readonly Counts[]} all
 * @returns {Counts}
 */
const sum = (all) =>
  all.reduce((one, other) => ({
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  }));

/** @type {readonly [RegExp, RegExp, RegExp]} */
const denoCounts = [/(\d+) passed/, /(\d+) failed/, /(\d+) ignored/];
/** @type {readonly [RegExp, RegExp, RegExp]} */
const bunCounts = [/(\d+) pass\b/, /(\d+) fail\b/, /(\d+) skip\b/];
const deno = ["test", "-A", "--conditions=source"];
const bun = ["test", "--conditions=source"];

export const testDeno = () =>
  step("deno test", () =>
    testRun("deno", [...deno, "--parallel", ...testsOf("deno-adapter")], denoCounts, {
      DENO_JOBS: `${PROCESSES + 1}`,
    }),
  );

/** Bun runs its files in one process, so the files are dealt to several. */
export const testBun = () =>
  step("bun test", async () => {
    const files = testsOf("bun-adapter");
    return sum(
      await Promise.all(
        Array.from({ length: PROCESSES }, (_, share) =>
          testRun("bun", [...bun, ...files.filter((_, at) => at % PROCESSES === share)], bunCounts),
        ),
      ),
    );
  });

/** To be run when nothing else is. */
export async function testGrowth() {
  for (const [command, args, counts] of /** @type {const} */ ([
    ["deno", deno, denoCounts],
    ["bun", bun, bunCounts],
  ]))
    await step(`${command} test, of how the process grows`, () =>
      testRun(command, [...args, `./packages/${command}-adapter/test/${ALONE}`], counts),
    );
}
