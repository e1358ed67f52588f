#!/usr/bin/env node
// Round trips at half load: the 99th percentile beside ws's, and beside our own with a guest that is hard on the others. See README.md beside this file.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";
import { load, onCore, pinned, prepareLoad, startServer, stop } from "./load.mjs";
import { heading, median, ratios, short, table } from "./report.mjs";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    secs: { type: "string" }, // 2, or 1 quick
    rounds: { type: "string" }, // 7, or 3 quick
    share: { type: "string", default: "0.5" },
    json: { type: "string" },
    strict: { type: "boolean", default: false },
  },
});
const secs = Number(given.secs ?? (given.quick ? 1 : 2));
const rounds = Number(given.rounds ?? (given.quick ? 3 : 7));
const share = Number(given.share);
if (!(secs > 0) || !(rounds >= 1)) stop("--secs and --rounds take a number above 0.");
if (!(share > 0 && share < 1)) stop("--share takes a number between 0 and 1.");

/** The messages that 64 connections send. */
const scenarios = {
  text: { title: "32 B text", mode: "echo", load: "-s 32 --text", quick: true },
  "1k": { title: "1 KiB text", mode: "echo", load: "-s 1024 --text" },
  "64k": { title: "64 KiB binary", mode: "echo", load: "-s 65536 --binary", quick: true },
  multibyte: { title: "4 KiB multibyte text, relayed", mode: "relay", load: "-s 4096 --multibyte" },
  deflate: {
    title: "1 KiB text, compressed as each negotiates by default",
    mode: "deflate",
    load: "-s 1024 --text --deflate-takeover",
  },
  tls: { title: "32 B text over TLS", mode: "echo", load: "-s 32 --text --tls", tls: true },
};
/** The load of one more connection, while the others send 32 B; `latency-guest.mjs` knows each by its name. */
const guests = {
  big: "sends 16 MiB each second",
  compresses: "compresses 64 KiB ten times a second",
  deaf: "sends all it can, and does not read",
};
const all = [...Object.keys(scenarios), ...Object.keys(guests)];
const wanted =
  given.only?.split(",") ??
  all.filter((name) => !given.quick || scenarios[name]?.quick !== undefined || name === "big");
for (const name of wanted)
  if (!all.includes(name)) stop(`There is no scenario "${name}"; there are ${all.join(", ")}.`);

/** The most that our 99th percentile may be, as a multiple of ws's, and with a guest of what it is without. */
const MOST = { ws: 1, guest: 1.2 };
const CONNECTIONS = "-c 64";

const beside = (name) => fileURLToPath(new URL(name, import.meta.url));
const certificate = beside("../packages/node-adapter/test/fixtures/localhost");

/** Starts both servers, in a mode, and has them warm; returns them and half the rate that ws could do with a core of its own. */
async function startBoth({ mode, load: words, tls }) {
  const args = [mode, ...(tls ? [certificate] : [])];
  const up = {};
  for (const [name, file] of Object.entries(files))
    up[name] = await startServer([process.execPath, "--expose-gc", file, ...args]);
  const warm = (server) => load(server, `${CONNECTIONS} -p 1 ${words}`, Math.min(1, secs), 0.5);
  const { per_cpu_s: most } = await warm(up.ws);
  await warm(up.ours);
  return { up, rate: Math.round(most * share) };
}

const paced = (server, words, rate) =>
  load(server, `${CONNECTIONS} -p 512 ${words} --rate ${rate}`, secs, Math.min(0.3, secs / 3));

/** Starts a guest of a server; returns how to let it go. */
async function invite(kind, { port }) {
  const [program, ...args] = onCore(1, [
    process.execPath,
    beside("latency-guest.mjs"),
    kind,
    String(port),
  ]);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return () => child.kill("SIGKILL");
}

const cells = [];
const raw = {};
let missed = 0;

function tell(title, rate, rows, base, label) {
  const shares = ratios(rows.ours, base, "p99");
  const one = median(shares);
  const most = label === "ws" ? MOST.ws : MOST.guest;
  if (one > most) missed++;
  const of = (list, key) => short(median(list.map((row) => row[key])));
  cells.push([
    title,
    short(rate),
    `${of(rows.ours, "p50")} / ${of(rows.ours, "p99")}`,
    `${of(base, "p50")} / ${of(base, "p99")}`,
    label,
    one.toFixed(2),
    `${Math.min(...shares).toFixed(2)}–${Math.max(...shares).toFixed(2)}`,
    `≤ ${most}`,
    one > most ? "missed" : "",
  ]);
}

async function besideWs(name) {
  const scenario = scenarios[name];
  const { up, rate } = await startBoth(scenario);
  const rows = (raw[name] = { ws: [], ours: [] });
  try {
    for (let round = 0; round < rounds; round++)
      for (const server of round % 2 ? ["ours", "ws"] : ["ws", "ours"])
        rows[server].push(await paced(up[server], scenario.load, rate));
  } finally {
    for (const server of Object.values(up)) server.stop();
  }
  tell(scenario.title, rate, rows, rows.ws, "ws");
}

/** Both servers agree to compress, which the 64 do not offer. */
async function withGuest(kind) {
  const words = scenarios.text.load;
  const { up, rate } = await startBoth({ mode: "deflate", load: words });
  const rows = (raw[kind] = { ours: [], alone: [], ws: [], "ws alone": [] });
  try {
    for (let round = 0; round < rounds; round++)
      for (const [server, alone] of [
        ["ours", "alone"],
        ["ws", "ws alone"],
      ]) {
        rows[alone].push(await paced(up[server], words, rate));
        const letGo = await invite(kind, up[server]);
        try {
          rows[server].push(await paced(up[server], words, rate));
        } finally {
          letGo();
        }
      }
  } finally {
    for (const server of Object.values(up)) server.stop();
  }
  const theirs = median(ratios(rows.ws, rows["ws alone"], "p99"));
  tell(
    `32 B text, while one ${guests[kind]} (ws: ${theirs.toFixed(2)})`,
    rate,
    rows,
    rows.alone,
    "itself alone",
  );
}

prepareLoad();
const files = {
  ws: beside("servers/ws.mjs"),
  ours: await bundle({ entry: "servers/ours.mjs", name: "ours" }).catch((error) =>
    stop(`Our server does not build: ${error.message}`),
  ),
};
console.log(heading(`Round trips of 64 connections at ${share} of what ws can do`));
if (!pinned)
  console.log(
    "\nServer and load share cores here (one core, or no taskset): latencies mean little.",
  );
else if (loadavg()[0] > 0.5)
  console.log(
    `\nOther work runs here (load ${loadavg()[0].toFixed(1)}): these are times of the clock, so the figures are its as much as the servers'.`,
  );
for (const name of wanted) await (Object.hasOwn(guests, name) ? withGuest(name) : besideWs(name));
console.log(
  `\n## Microseconds\n\n${table(["", "messages a second", "ours: median / 99 %", "the other", "beside", "99 % ×", "rounds", "mark", ""], cells)}`,
);
if (given.json) {
  mkdirSync(dirname(resolve(given.json)), { recursive: true });
  writeFileSync(
    given.json,
    `${JSON.stringify({ date: new Date().toISOString(), secs, rounds, share, raw }, null, 1)}\n`,
  );
}
if (given.strict && missed > 0) process.exitCode = 1;
