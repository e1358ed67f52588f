/**
 * `npm test`: every check the repository has, in one run. All steps run, whatever fails; the last line adds them up.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runDependents } from "./dependents.mjs";
import { checkPackages } from "./packed.mjs";
import { testBun, testDeno, testGrowth } from "./runtimes.mjs";
import { commandStep, root, run, step, total } from "./steps.mjs";

const started = performance.now();
const scratch = mkdtempSync(join(tmpdir(), "sansocket-test-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

/** Every tsconfig.json of the repository, so that a new one is checked without being listed. */
function projects(folder = root) {
  const found = existsSync(join(folder, "tsconfig.json")) ? [join(folder, "tsconfig.json")] : [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (
      !entry.isDirectory() ||
      entry.name.startsWith(".") ||
      ["node_modules", "dist", "fixtures"].includes(entry.name)
    )
      continue;
    found.push(...projects(join(folder, entry.name)));
  }
  return found;
}

/** Type-checks two projects at a time. */
async function typecheck() {
  const waiting = projects();
  /** @type {string[]} */
  const failures = [];
  const worker = async () => {
    for (let project = waiting.shift(); project !== undefined; project = waiting.shift()) {
      const { code, output } = await run("tsc", ["-p", project, "--pretty", "false"]);
      if (code !== 0) failures.push(`${project.slice(root.length)}:\n${output}`);
    }
  };
  await Promise.all([worker(), worker()]);
  return failures.length === 0 ? undefined : failures.join("\n");
}

async function vitest() {
  const report = join(scratch, "vitest.json");
  const ours = ["--project=core", "--project=real"];
  const { code, output } = await run(
    "vitest",
    ["run", ...ours, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    { timeout: 600_000, show: true },
  );
  if (!existsSync(report)) {
    const { output: files } = await run("vitest", ["list", "--filesOnly", ...ours]);
    const silent = files
      .split("\n")
      .filter((file) => /\.test\.ts$/.test(file) && !output.includes(file));
    return `vitest exited with ${code} and left no report. Files that did not finish:\n  ${silent.join("\n  ")}`;
  }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  // A file that cannot be loaded, or an error between tests, fails the run without failing a test.
  const broken = testResults.filter(
    (/** @type {any} */ file) =>
      file.status === "failed" &&
      file.assertionResults.every((/** @type {any} */ one) => one.status !== "failed"),
  ).length;
  const failed = numFailedTests + broken;
  return {
    passed: numPassedTests,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: numPendingTests + numTodoTests,
  };
}

const denoExamples = readdirSync(join(root, "examples"))
  .filter((name) => name.endsWith("-deno.ts"))
  .map((name) => `examples/${name}`);

/** Each entry of core that JSR gets. @type {string[]} */
const coreEntries = Object.values(
  JSON.parse(readFileSync(join(root, "packages/core/deno.json"), "utf8")).exports,
).map((entry) => join("packages/core", String(entry)));

async function inDeno() {
  await commandStep("types in Deno, of core, deno-adapter and its examples", "deno", [
    "check",
    "--conditions=source",
    ...coreEntries,
    "packages/deno-adapter/src/index.ts",
    ...denoExamples,
  ]);
  for (const name of ["core", "deno-adapter"]) {
    // The step before has checked the types. Slow types are found all the same.
    await commandStep(
      `${name}: deno publish --dry-run`,
      "deno",
      ["publish", "--dry-run", "--allow-dirty", "--no-check"],
      { cwd: join(root, "packages", name) },
    );
  }
  await testDeno();
}

// Side by side what keeps one core busy.
await Promise.all([
  commandStep("format (prettier)", "prettier", ["--check", "--log-level=warn", "."]).then(() =>
    commandStep("lint (eslint: the laws of the code)", "eslint", [".", "--max-warnings=0"]),
  ),
  step("types (tsc, every project)", typecheck),
]);
await Promise.all([
  commandStep("nothing unused (knip)", "knip", ["--no-progress"]),
  commandStep("API reference without a warning (typedoc)", "typedoc", [
    "--options",
    "tools/typedoc.json",
    "--emit",
    "none",
  ]),
]);
await step("tests (vitest)", vitest);
await Promise.all([inDeno(), testBun()]);
await testGrowth();
await checkPackages(scratch);
await runDependents({ short: true });

console.log(`\nall steps: ${((performance.now() - started) / 1000).toFixed(0)} s`);
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`,
);
process.exitCode = total.failed === 0 ? 0 : 1;
