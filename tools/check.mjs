/** The checks before each commit: format, lint and types side by side, then the unit tests of core. 42 s on two idle cores, 94 s the first time. */
import { commandStep, root, total } from "./steps.mjs";

const projects = ["packages/core", "packages/core/src/shell", "packages/core/test"].concat(
  ["node", "deno", "bun"].map((name) => `packages/${name}-adapter`),
);

/** Files that have not changed since are passed over: no rule but that of circles reads another file, and a new circle has a file that changed. `npm test` lints all. */
const cached = [
  "--cache",
  "--cache-strategy=content",
  "--cache-location=node_modules/.cache/eslint/",
];

async function types() {
  for (const project of projects) {
    const known = `${root}node_modules/.cache/tsc/${project.replaceAll("/", "-")}.json`;
    await commandStep(`types of ${project}`, "tsc", [
      ...["-p", root + project, "--pretty", "false", "--incremental", "--tsBuildInfoFile", known],
    ]);
  }
}

await Promise.all([
  commandStep("format (prettier)", "prettier", [
    "--check",
    "--log-level=warn",
    "--cache",
    ".",
  ]).then(() => commandStep("lint (eslint)", "eslint", [".", "--max-warnings=0", ...cached])),
  types(),
]);
await commandStep("unit tests of core (vitest)", "vitest", ["run", "packages/core/test"]);

console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
