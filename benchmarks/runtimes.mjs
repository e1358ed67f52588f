#!/usr/bin/env node
// Echo over loopback on Bun and Deno: this library beside the runtime's own server and npm ws, in turns. See README.md beside this file.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";
import { pinned, prepareLoad, stop } from "./load.mjs";
import { commandOf, versionOf } from "./programs.mjs";
import { heading, median, ratios, table, times } from "./report.mjs";
import { idle, scenarios } from "./scenarios.mjs";
import { atRest, errorsOf, idleHeading, inTurns, kib, tableOf, timetable } from "./turns.mjs";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    runtime: { type: "string", default: "bun,deno" },
    only: { type: "string" },
    servers: { type: "string", default: "native,ws,serve,listen" },
    secs: { type: "string", default: "0.5" },
    rounds: { type: "string" }, // 5, or 3 quick
    idle: { type: "string" },
    strict: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const wanted = (
  given.only ?? (given.quick ? "p1,p16,idle" : "p1,p16,1k,64k,broadcast-p1,broadcast-p8,idle")
).split(",");
/** Those that need no other server than the two doors. */
const plain = Object.keys(scenarios).filter(
  (name) => scenarios[name].tls === undefined && scenarios[name].programs === undefined,
);
for (const name of wanted)
  if (name !== "idle" && !plain.includes(name))
    stop(`There is no scenario "${name}" here; there are ${plain.join(", ")}, idle.`);
const secs = Number(given.secs);
const rounds = Number(given.rounds ?? (given.quick ? 3 : 5));
if (!(secs > 0) || !(rounds >= 1)) stop("--secs and --rounds take a number above 0.");

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const names = given.servers.split(",");
const known = ["native", "ws", "serve", "listen", "in-place"];
for (const name of names)
  if (!known.includes(name)) stop(`There is no server "${name}"; there are ${known.join(", ")}.`);

const raw = {};
const marks = [];
prepareLoad();
const asked = given.runtime.split(",");
for (const runtime of asked)
  if (runtime !== "bun" && runtime !== "deno")
    stop(`There is no runtime "${runtime}" here; there are bun and deno.`);
for (const runtime of asked) await measure(runtime);
if (marks.length)
  console.log(`\n## Marks\n\n${table(["scenario", "server", "× native", "mark", ""], marks)}`);
if (given.json) {
  mkdirSync(dirname(resolve(given.json)), { recursive: true });
  writeFileSync(
    given.json,
    `${JSON.stringify({ date: new Date().toISOString(), secs, rounds, raw, marks }, null, 1)}\n`,
  );
}
if (given.strict && marks.some((cells) => cells.at(-1) === "missed")) process.exitCode = 1;

/** Our adapter by the runtime's name, in the same program. */
function bundleOurs(runtime) {
  const source = readFileSync(file("servers/runtime-ours.mjs"), "utf8")
    .replace("node-adapter", `${runtime}-adapter`)
    .replace("./announce.mjs", file("servers/announce.mjs"));
  return bundle({
    source,
    from: file(`../packages/${runtime}-adapter`),
    name: `ours-${runtime}`,
  }).catch((error) => stop(`Our server does not build: ${error.message}`));
}

async function measure(runtime) {
  const command = commandOf(runtime);
  const ours = await bundleOurs(runtime);
  const files = {
    native: [file(`servers/native-${runtime}.mjs`)],
    ws: [file("servers/runtime-ws.mjs")],
    serve: [ours, "serve"],
    listen: [ours, "listen"],
    "in-place": [file("servers/in-place.mjs")],
  };
  const commands = (mode) =>
    Object.fromEntries(names.map((name) => [name, [...command, ...files[name], mode]]));
  console.log(heading(`Echo over loopback on ${versionOf(runtime)}`));
  if (!pinned)
    console.log(
      "\nServer and load share cores here (one core, or no taskset): expect wider spreads.",
    );
  const results = (raw[runtime] = {});
  const due = timetable(
    given.rounds === undefined && given.only === undefined ? (given.quick ? 40 : 200) : Infinity,
    wanted.map(() => 1),
  );
  for (const name of wanted) {
    const until = due();
    if (name === "idle") results.idle = await rest(commands("idle"));
    else results[name] = await compare(runtime, name, commands(scenarios[name].mode), until);
  }
  console.log("");
}

async function compare(runtime, scenario, commands, until) {
  const { title, load, marks: least } = scenarios[scenario];
  console.log(`\n## ${scenario}: ${title}\n`);
  let rows;
  try {
    rows = await inTurns(commands, load, { secs, rounds, until, warm: 1.6 }); // their compilers take longer than Node's
    console.log(tableOf(rows, ["native", "ws"]));
  } catch (error) {
    console.log(`Given up: ${error.message}`);
  }
  // `listen` is the fast way; `serve` stands on the runtime's HTTP server, for applications that need one.
  if (least?.[runtime] === undefined || !names.includes("listen") || !names.includes("native"))
    return rows;
  const ours = rows === undefined ? NaN : median(ratios(rows.listen, rows.native, "per_cpu_s"));
  marks.push([
    `${runtime} ${scenario}`,
    "listen",
    times(ours),
    `≥ ${times(least[runtime])}`,
    ours >= least[runtime] && errorsOf(rows.listen) === 0 ? "met" : "missed",
  ]);
  return rows;
}

async function rest(commands) {
  const count = idleHeading(
    "idle",
    idle.idle.title,
    Number(given.idle ?? (given.quick ? 1000 : 4000)),
  );
  const per = {};
  for (const [name, command] of Object.entries(commands)) {
    try {
      per[name] = await atRest(command, idle.idle.load, count);
    } catch (error) {
      console.log(`${name}: given up: ${error.message}\n`);
    }
  }
  console.log(
    table(
      ["server", "RSS KiB each"],
      Object.entries(per).map(([name, row]) => [name, kib([row], "rss")]),
    ),
  );
  return per;
}
