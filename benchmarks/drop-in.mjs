#!/usr/bin/env node
// One program, with ws and with our API of ws in its place, in turns: CPU time of the server for each message. See README.md beside this file.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";
import { prepareLoad, stop } from "./load.mjs";
import { heading, median, ratios, table } from "./report.mjs";
import { atRest, errorsOf, idleHeading, inTurns } from "./turns.mjs";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    least: { type: "boolean", default: false },
    only: { type: "string" },
    secs: { type: "string", default: "0.45" },
    rounds: { type: "string" }, // 7, or 3 quick
    json: { type: "string" },
    strict: { type: "boolean", default: false },
  },
});
const rounds = Number(given.rounds ?? (given.quick ? 3 : 7));
const secs = Number(given.secs);
if (!(secs > 0) || !(rounds >= 1)) stop("--secs and --rounds take a number above 0.");

/** `load` are wsload's arguments; `most` is the share of ws's CPU time that we promise to stay within. */
const scenarios = {
  64: { title: "echo of 64 B text", mode: "echo", load: "-c 64 -p 1 -s 64 --text", most: 0.85 },
  "16k": {
    title: "echo of 16 KiB binary",
    mode: "echo",
    load: "-c 32 -p 1 -s 16384 --binary",
    most: 0.85,
  },
  deflate: {
    title: "echo of 1 KiB text, compressed",
    mode: "deflate",
    load: "-c 32 -p 1 -s 1024 --text --deflate-takeover",
    most: 0.8,
  },
  p16: {
    title: "echo of 32 B text, 16 in flight",
    mode: "echo",
    load: "-c 64 -p 16 -s 32 --text",
    most: 0.2,
  },
  "broadcast-16k": {
    title: "16 KiB to 20 (per delivery)",
    mode: "broadcast",
    load: "--mode broadcast -c 20 -p 1 -s 16384 --binary",
    most: 1,
  },
  broadcast: {
    title: "128 B text to 100, one message a turn (per delivery)",
    mode: "broadcast",
    load: "--mode broadcast -c 100 -p 1 -s 128 --text",
  },
};
const IDLE = "idle";
const wanted = given.only?.split(",") ?? [...Object.keys(scenarios), IDLE];
for (const name of wanted)
  if (name !== IDLE && !Object.hasOwn(scenarios, name))
    stop(
      `There is no scenario "${name}"; there are ${[...Object.keys(scenarios), IDLE].join(", ")}.`,
    );

prepareLoad();
const files = {
  ws: fileURLToPath(new URL("servers/ws.mjs", import.meta.url)),
  ours: await bundle({ entry: "servers/drop-in.mjs", name: "drop-in" }).catch((error) =>
    stop(`Our server does not build: ${error.message}`),
  ),
  ...(given.least ? { least: fileURLToPath(new URL("servers/least.mjs", import.meta.url)) } : {}),
};
/** @param {string} mode */
const commands = (mode, ...flags) =>
  Object.fromEntries(
    Object.entries(files).map(([name, file]) => [
      name,
      [process.execPath, "--expose-gc", ...flags, file, mode],
    ]),
  );

console.log(heading("In place of ws: CPU time of the server for each message, as a share of ws's"));
const rows = [];
const raw = {};
let missed = 0;

function tell(title, shares, most, errors = 0) {
  const share = median(shares);
  const isMet = errors === 0 && (most === undefined || share <= most);
  if (!isMet) missed++;
  rows.push([
    title,
    share.toFixed(2),
    `${Math.min(...shares).toFixed(2)}–${Math.max(...shares).toFixed(2)}`,
    most === undefined ? "" : `≤ ${most}`,
    isMet ? "" : "missed",
  ]);
}

for (const name of wanted) {
  if (name === IDLE) continue;
  const { title, mode, load, most } = scenarios[name];
  const measured = (raw[name] = await inTurns(commands(mode), load, { secs, rounds }));
  tell(
    title,
    ratios(measured.ws, measured.ours, "per_cpu_s"),
    most,
    errorsOf(measured.ours) + errorsOf(measured.ws),
  );
  if (given.least)
    tell(`${title}: the least that counts`, ratios(measured.ws, measured.least, "per_cpu_s"));
}
if (wanted.includes(IDLE)) {
  const count = idleHeading(IDLE, "memory of an idle connection", given.quick ? 1000 : 4000);
  const per = (raw[IDLE] = { ws: [], ours: [], least: [] });
  for (let round = 0; round < (given.quick ? 1 : 2); round++)
    for (const [name, command] of Object.entries(commands("idle", "--max-semi-space-size=1")))
      per[name].push(await atRest(command, "-s 32 --text", count));
  tell(`resident memory of each of ${count} idle connections`, ratios(per.ours, per.ws, "rss"), 1);
}
console.log(`\n## Shares\n\n${table(["", "× ws", "rounds", "mark", ""], rows)}`);
if (given.json) {
  mkdirSync(dirname(resolve(given.json)), { recursive: true });
  writeFileSync(
    given.json,
    `${JSON.stringify({ date: new Date().toISOString(), raw }, null, 1)}\n`,
  );
}
if (given.strict && missed > 0) process.exitCode = 1;
