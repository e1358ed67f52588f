/**
 * `npm run test:telemetry`: runs `examples/open-telemetry` on OpenTelemetry's own packages, fetched from the npm registry, and compares the spans that it prints.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./steps.mjs";

const PACKAGES = ["@opentelemetry/api@1.9.1", "@opentelemetry/sdk-trace-base@2.12.1"];
const EXPECTED = ["websocket 2 1000 2 2 well", "websocket 1 1000 2 2 well"]; // the client's span, and the server's

const folder = mkdtempSync(join(tmpdir(), "sansocket-telemetry-"));
try {
  cpSync(`${root}examples/open-telemetry`, folder, { recursive: true });
  const options = /** @type {const} */ ({ cwd: folder, encoding: "utf8" });
  const installed = spawnSync(
    "npm",
    ["install", "--no-save", "--ignore-scripts", ...PACKAGES],
    options,
  );
  if (installed.status !== 0) throw new Error(`npm install failed:\n${installed.stderr}`);
  symlinkSync(`${root}examples/node_modules/@sansocket`, join(folder, "node_modules/@sansocket"));
  const { status, stdout, stderr } = spawnSync(process.execPath, ["main.mjs"], options);
  const spans = stdout.trimEnd().split("\n").sort();
  if (status !== 0 || stderr !== "" || spans.join() !== [...EXPECTED].sort().join())
    throw new Error(`expected ${EXPECTED.join(", ")}, got ${status}:\n${stdout}${stderr}`);
  console.log(`2 spans, as expected:\n${stdout.trimEnd()}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
