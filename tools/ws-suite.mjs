/**
 * Runs ws's own tests of `WebSocket`, `WebSocketServer` and `createWebSocketStream`, unchanged, on ours: `npm run test:ws-suite`. They are fetched, and not
 * kept here. Those that fail must be the ones that `docs/migrating-from-ws.md` lists, and all of them. `-- --ws` runs them on ws itself, `-- --from FOLDER`
 * takes a checkout of ws that is there already.
 */
import { build } from "esbuild";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { argv } from "node:process";
import { root, run, step, total } from "./steps.mjs";
import { checkDigest, fetchSuite, FILES, VERSION } from "./ws-suite/fetch.mjs";

const MOCHA = "mocha@8.4.0"; // what ws's tests are written for
const WS = "ws@8.23.0";
const onWs = argv.includes("--ws");

/** The files that ws's tests load, with ours in place of the package. @type {Record<string, string>} */
const OURS = {
  "index.js": 'module.exports = require("./own.cjs").WebSocket;',
  "lib/sender.js": 'module.exports = require("..").Sender;',
  "lib/stream.js": 'module.exports = require("..").createWebSocketStream;',
  "lib/event-target.js": 'module.exports = require("../own.cjs");',
  "lib/constants.js": `const { ATTRIBUTE, EMPTY, HANDLER } = require("../own.cjs");
module.exports = {
  EMPTY_BUFFER: EMPTY,
  GUID: "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
  hasBlob: typeof Blob !== "undefined",
  kForOnEventAttribute: ATTRIBUTE,
  kListener: HANDLER,
  NOOP() {},
};`,
};

/**
 * A folder in which the tests find our package where they look for ws, or ws.
 * @param {string} scratch
 * @param {string} suite
 */
async function lay(scratch, suite) {
  const place = join(scratch, "place");
  mkdirSync(join(place, "lib"), { recursive: true });
  cpSync(join(suite, "test"), join(place, "test"), { recursive: true });
  writeFileSync(join(scratch, "package.json"), '{ "private": true }');
  const packages = onWs ? [MOCHA, WS] : [MOCHA];
  const { code, output } = await run(
    "npm",
    ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", ...packages],
    { cwd: scratch },
  );
  if (code !== 0) throw new Error(output);
  if (onWs) {
    cpSync(join(scratch, "node_modules/ws"), place, { recursive: true });
    return place;
  }
  for (const [file, text] of Object.entries(OURS)) writeFileSync(join(place, file), text);
  await build({
    entryPoints: [join(root, "packages/node-adapter/test/ws/own.ts")],
    outfile: join(place, "own.cjs"),
    bundle: true,
    platform: "node",
    conditions: ["source"],
    logLevel: "warning",
  });
  return place;
}

/** @typedef {{ fullTitle: string, err: { message?: string } }} Failure */

/**
 * @param {string} place
 * @returns {Promise<{ tests: number, failed: Map<string, string> }>} what failed, and of what
 */
async function runSuite(place) {
  const report = join(place, "report.json");
  const { output } = await run(
    join(place, "../node_modules/.bin/mocha"),
    [
      ...["--reporter", "json", "--exit", "--timeout", "5000"],
      ...FILES.map((file) => `test/${file}`),
    ],
    { cwd: place, timeout: 300_000 },
  );
  writeFileSync(report, output);
  const from = output.indexOf('{\n  "stats"');
  if (from === -1) throw new Error(output);
  const { stats, failures } = JSON.parse(output.slice(from, output.lastIndexOf("}") + 1));
  const failed = new Map(
    failures.map((/** @type {Failure} */ { fullTitle, err }) => [
      fullTitle,
      String(err.message).split("\n")[0],
    ]),
  );
  return { tests: stats.tests, failed };
}

/** The tests that the page says fail. */
function listed() {
  const page = readFileSync(join(root, "docs/migrating-from-ws.md"), "utf8");
  const section = page.split("\n## ").find((each) => each.startsWith("Its own tests")) ?? "";
  return [...section.matchAll(/^\| (.+?) \| /gm)]
    .map(([, title = ""]) => title.replaceAll("\\|", "|").trim())
    .filter((title) => title !== "test" && !/^-+$/.test(title));
}

const scratch = mkdtempSync(join(tmpdir(), "sansocket-ws-suite-"));
try {
  await step(`ws's own tests, of ${VERSION}, on ${onWs ? "ws" : "ours"}`, async () => {
    const at = argv.indexOf("--from");
    const suite =
      at === -1 ? await fetchSuite(join(scratch, "fetched")) : resolve(argv[at + 1] ?? "");
    checkDigest(suite);
    const { tests, failed } = await runSuite(await lay(scratch, suite));
    const counts = { passed: tests - failed.size, failed: failed.size, skipped: 0 };
    for (const [title, why] of failed) console.log(`  fails: ${title}\n    ${why}`);
    if (onWs) return counts;
    const known = listed();
    const unlisted = [...failed.keys()].filter((title) => !known.includes(title));
    const passing = known.filter((title) => !failed.has(title));
    console.log(`  ${counts.passed} of ${tests} pass; ${failed.size - unlisted.length} are listed`);
    if (unlisted.length + passing.length === 0)
      return { passed: counts.passed, failed: 0, skipped: failed.size };
    return [
      ...unlisted.map((title) => `fails, and is not listed: ${title}`),
      ...passing.map((title) => `is listed, and passes: ${title}`),
    ].join("\n");
  });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const { passed, failed, skipped } = total;
console.log(`\n${passed} passed, ${failed} failed, ${skipped} left out.`);
process.exitCode = failed === 0 ? 0 : 1;
