/** What to run before each commit: format, lint and types side by side, then the unit tests of core. Under a minute on two idle cores. */
import { commandStep, root, total } from "./steps.mjs";

const projects = ["packages/core", "packages/core/src/shell", "packages/core/test"].concat(
  ["node", "deno", "bun"].map((name) => `packages/${name}-adapter`),
);

async function types() {
  for (const project of projects) {
    await commandStep(`types of ${project}`, "tsc", ["-p", root + project, "--pretty", "false"]);
  }
}

await Promise.all([
  commandStep("format (prettier)", "prettier", ["--check", "--log-level=warn", "."]).then(() =>
    commandStep("lint (eslint)", "eslint", [".", "--max-warnings=0"]),
  ),
  types(),
]);
await commandStep("unit tests of core (vitest)", "vitest", ["run", "packages/core/test"]);

console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
