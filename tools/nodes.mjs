/**
 * `npm run test:nodes`: the tests of core and node-adapter under later Nodes than the one they are developed on, fetched from the npm registry.
 * `-- 24` for one of them.
 */
import { run, step, total } from "./steps.mjs";

const given = process.argv.slice(2);
const versions = given.length === 0 ? ["22", "24", "26"] : given;

for (const version of versions) {
  await step(`tests under Node ${version}`, async () => {
    const found = await run("npx", ["-y", `node@${version}`, "-p", "process.execPath"]);
    if (found.code !== 0)
      return `Node ${version} could not be fetched; is the npm registry within reach?\n${found.output}`;
    const { code, output } = await run(
      found.output.trim().split("\n").at(-1) ?? "",
      ["node_modules/vitest/vitest.mjs", "run"],
      { timeout: 900_000 },
    );
    const [passed = 0, failed = 0, skipped = 0] = ["passed", "failed", "skipped"].map((word) =>
      Number(new RegExp(`Tests .*?(\\d+) ${word}`).exec(output)?.[1] ?? 0),
    );
    if (code === 0 && passed > 0 && failed === 0) return { passed, failed, skipped };
    console.log(output.trimEnd());
    return { passed, failed: Math.max(failed, 1), skipped };
  });
}

console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`,
);
process.exitCode = total.failed === 0 ? 0 : 1;
