#!/usr/bin/env node
// Echo over loopback: this library, ws and faye-websocket in turns. See README.md beside this file.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";
import { fileLimit, hold, load, pinned, prepareLoad, startServer, stop } from "./load.mjs";
import { heading, median, ratios, short, table, times } from "./report.mjs";
import { idle, scenarios } from "./scenarios.mjs";

const { values: given } = parseArgs({ options: {
  quick: { type: "boolean", default: false },
  only: { type: "string" },
  servers: { type: "string", default: "ws,ours,faye" },
  secs: { type: "string" },
  rounds: { type: "string" }, // of a scenario 7, or 3 quick; of idle 2, or 1
  idle: { type: "string" },
  dist: { type: "boolean", default: false },
  strict: { type: "boolean", default: false },
  json: { type: "string" },
} });
const secs = Number(given.secs ?? (given.quick ? 0.5 : 0.45)), rounds = Number(given.rounds ?? (given.quick ? 3 : 7));
const wanted = given.only?.split(",") ?? [...Object.keys(scenarios).filter((name) => !given.quick || scenarios[name].quick), ...given.quick ? ["idle"] : Object.keys(idle)];
for (const name of wanted) {
  if (!Object.hasOwn(scenarios, name) && !Object.hasOwn(idle, name)) stop(`There is no scenario "${name}"; there are ${[...Object.keys(scenarios), ...Object.keys(idle)].join(", ")}.`);
}
if (!(secs > 0) || !(rounds >= 1)) stop("--secs and --rounds take a number above 0.");

const file = (name) => fileURLToPath(new URL(`servers/${name}.mjs`, import.meta.url));
const files = { ws: file("ws"), faye: file("faye"), ours: file("ours") };
const names = given.servers.split(",");
for (const name of names) if (!Object.hasOwn(files, name)) stop(`There is no server "${name}"; there are ${Object.keys(files).join(", ")}.`);

prepareLoad();
if (names.includes("ours") && !given.dist) {
  files.ours = await bundle({ entry: "servers/ours.mjs", name: "ours" }).catch((error) => stop(`Our server does not build: ${error.message}`));
}

const raw = {}, marks = [];
const mark = (what, value, promised, met) => marks.push([what, value, promised, met ? "met" : "missed"]);
console.log(heading("Echo over loopback"));
if (!pinned) console.log("\nServer and load share cores here (one core, or no taskset): expect wider spreads.");

for (const name of wanted) {
  if (Object.hasOwn(idle, name)) await atRest(name, idle[name]);
  else await compare(name, scenarios[name]);
}
if (marks.length) console.log(`\n## Marks\n\n${table(["scenario", "measured", "mark", ""], marks)}`);
if (given.json) {
  mkdirSync(dirname(resolve(given.json)), { recursive: true });
  writeFileSync(given.json, `${JSON.stringify({ date: new Date().toISOString(), node: process.version, secs, rounds, raw, marks }, null, 1)}\n`);
}
if (given.strict && marks.some(([, , , verdict]) => verdict === "missed")) process.exitCode = 1;

/** Every server in every round, in an order that turns, so that none is always first. */
async function compare(scenario, { title, mode, load: args, mark: least, servers }) {
  const names = able(servers);
  console.log(`\n## ${scenario}: ${title}\n`);
  const began = Date.now(), up = [], rows = raw[scenario] = Object.fromEntries(names.map((name) => [name, []]));
  try {
    await Promise.allSettled(names.map(async (name) => { up.push([name, await startServer(files[name], mode)]); }));
    if (up.length < names.length) throw new Error("a server does not start; run it alone with --servers to see why.");
    for (const [, server] of up) await warmUp(server, args);
    for (let round = 0; round < rounds && !(round >= 3 && late(began)); round++) {
      for (let i = 0; i < up.length; i++) {
        const [name, server] = up[(i + round) % up.length];
        rows[name].push(await load(server, args, secs, 0.15));
      }
    }
  } catch (error) {
    console.log(`Given up: ${error.message} ${up.map(([, server]) => server.trouble()).join(" ").slice(0, 600)}`);
    if (least) mark(scenario, "–", `≥ ${times(least)}`, false);
    return;
  } finally {
    for (const [, server] of up) server.stop();
  }
  tell(rows);
  if (!least || !rows.ours || !rows.ws) return;
  const ours = median(ratios(rows.ours, rows.ws, "per_cpu_s"));
  mark(scenario, times(ours), `≥ ${times(least)}`, ours >= least && errorsOf(rows.ours) === 0);
}

/** Where the rounds were not asked for, a busy machine gets fewer, so that a run ends in the time it promises. */
function late(began) {
  return given.rounds === undefined && Date.now() - began > (given.quick ? 9000 : 20_000);
}

/** Lets the compilers do their work: it is CPU time they need, of which a busy machine gives little in a second. */
async function warmUp(server, args) {
  let spent = 0;
  for (let turn = 0; turn < 3 && spent < 0.7; turn++) {
    const { srv_cpu: cpu, secs: wall } = await load(server, args, 0.8, 0);
    spent += cpu * wall;
  }
}

/** Those of the servers asked for that can do a scenario. */
function able(servers) {
  return names.filter((name) => servers === undefined || servers.includes(name));
}

function tell(rows) {
  const cells = Object.keys(rows).map((server) => {
    const all = ratios(rows[server], rows.ws, "per_cpu_s"), of = (key) => short(median(rows[server].map((row) => row[key])));
    const spread = all.length > 1 ? `${Math.min(...all).toFixed(2)}–${Math.max(...all).toFixed(2)}` : "";
    return [server, of("per_cpu_s"), of("srv_us"), of("srv_user_us"), times(median(all)), spread, of("msgs_s"), of("load_cpu"), errorsOf(rows[server])];
  });
  console.log(table(["server", "per CPU second", "CPU µs each", "of it user", "× ws", "rounds", "per second", "load CPU", "errors"], cells));
}

function errorsOf(rows) {
  return rows.reduce((sum, row) => sum + row.errors, 0);
}

/**
 * Heap and resident memory that each idle connection adds, after one message on each and a collection. The first
 * few hundred are open before the first reading, so that what a process pays once is not counted.
 */
async function atRest(scenario, what) {
  const first = 400, asked = Number(given.idle ?? what.count ?? (given.quick ? 2000 : 10_000)), most = fileLimit() - first - 200, count = Math.min(asked, most);
  console.log(`\n## ${scenario}: ${count} connections, ${what.title}, then garbage collected\n`);
  if (count < asked) console.log(`A process may open ${fileLimit()} files here, so ${count} connections instead of ${asked}; raise it with \`ulimit -n ${asked + first + 200}\`.\n`);
  const per = raw[scenario] = {};
  for (let round = 0; round < Number(given.rounds ?? (given.quick ? 1 : 2)); round++) {
    for (const name of able(what.servers)) await idleOnce(name, what, first, count, per[name] ??= []);
  }
  const kib = (rows, key) => (median(rows.map((row) => row[key])) / 1024).toFixed(2);
  const cells = Object.entries(per).map(([name, rows]) => [name, kib(rows, "heap"), kib(rows, "external"), kib(rows, "rss")]);
  console.log(table(["server", "heap KiB each", "external KiB each", "RSS KiB each"], cells));
  const { ours, ws } = per;
  if (!ours?.length || !ws?.length) return;
  // What zlib holds is in no heap: where less than ws is not enough, resident memory is what counts.
  for (const [label, key] of what.mark < 1 ? [["RSS", "rss"]] : [["heap", "heap"], ["RSS", "rss"]]) {
    const allowed = what.mark * Number(kib(ws, key));
    mark(`${scenario} ${label}`, `${kib(ours, key)} KiB`, `< ${allowed.toFixed(2)} KiB`, Number(kib(ours, key)) < allowed);
  }
}

async function idleOnce(name, { mode, load: args }, first, count, rows) {
  // The young generation grows and shrinks by megabytes as it likes, which would drown what is measured: it is kept at its smallest.
  const server = await startServer(files[name], mode, ["--max-semi-space-size=1"]), release = [];
  try {
    release.push(await hold(server, first, first, args));
    const before = await server.collect();
    release.push(await hold(server, count, before.open + count, args));
    const after = await server.collect();
    const each = (key) => (after[key] - before[key]) / (after.open - before.open);
    rows.push({ open: after.open, heap: each("heapUsed"), external: each("external"), rss: each("rss") });
  } catch (error) {
    console.log(`${name}: given up: ${error.message} ${server.trouble().slice(0, 600)}\n`);
  } finally {
    for (const letGo of release) letGo();
    server.stop();
  }
}
