#!/usr/bin/env node
// Echo over loopback on Deno or Bun: this library beside the runtime's own server and npm ws, in turns. See README.md beside this file.
import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";
import { fileLimit, hold, load, pinned, prepareLoad, stop } from "./load.mjs";
import { heading, median, ratios, short, table, times } from "./report.mjs";

const { values: given } = parseArgs({ options: {
  runtime: { type: "string", default: "bun" },
  only: { type: "string", default: "p1,p16,text,64k,idle" },
  servers: { type: "string", default: "native,ws,serve,listen" },
  secs: { type: "string", default: "0.5" },
  rounds: { type: "string", default: "3" },
  idle: { type: "string", default: "4000" },
} });
const { runtime } = given;
if (runtime !== "bun" && runtime !== "deno") stop("--runtime takes bun or deno.");

const loads = {
  p1: ["one binary message of 32 bytes in flight on each of 64 connections", "-c 64 -p 1 -s 32"],
  p16: ["sixteen of them", "-c 64 -p 16 -s 32"],
  text: ["texts of 1 KiB, four in flight", "-c 64 -p 4 -s 1024 --text"],
  "64k": ["binary messages of 64 KiB", "-c 8 -p 1 -s 65536"],
};
/** What is promised, as a share of the runtime's own server. */
const marks = { bun: { p16: 0.6 }, deno: { p1: 0.9, p16: 3 } }[runtime];

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const command = { bun: [file("../node_modules/.bin/bun")], deno: [file("../node_modules/.bin/deno"), "run", "-A", "--v8-flags=--max-semi-space-size=16"] }[runtime];
const source = readFileSync(file("servers/runtime-ours.mjs"), "utf8").replace("node-adapter", `${runtime}-adapter`);

prepareLoad();
const ours = await bundle({ source, from: file(`../packages/${runtime}-adapter`), name: `ours-${runtime}` }).catch((error) => stop(`Our server does not build: ${error.message}`));
const servers = {
  native: [file(`servers/native-${runtime}.mjs`)], ws: [file("servers/runtime-ws.mjs")], serve: [ours, "serve"], listen: [ours, "listen"],
};
const names = given.servers.split(",");
for (const name of names) if (!Object.hasOwn(servers, name)) stop(`There is no server "${name}"; there are ${Object.keys(servers).join(", ")}.`);

/** Starts a server on a core of its own, and waits until it listens. */
async function start(name) {
  const [program, ...args] = [...(pinned ? ["taskset", "-c", "0"] : []), ...command, ...servers[name]];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", () => { reject(new Error(`${name} does not start.`)); });
  });
  return { ...JSON.parse(line), pid: pidOf(child.pid), stop: () => child.kill("SIGKILL") };
}

/** Of the process itself: Deno's command on npm is a script that starts another. */
function pidOf(pid) {
  try {
    const child = execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" }).trim().split("\n")[0];
    return child ? Number(child) : pid;
  } catch {
    return pid;
  }
}

const version = execFileSync(command[0], ["--version"], { encoding: "utf8" }).split("\n")[0];
console.log(`${heading(`Echo over loopback on ${runtime} (${version})`)}`);
for (const name of given.only.split(",")) {
  if (name === "idle") await idle();
  else await compare(name, loads[name] ?? stop(`There is no scenario "${name}".`));
}

async function compare(scenario, [title, args]) {
  const up = [], rows = Object.fromEntries(names.map((name) => [name, []]));
  try {
    for (const name of names) up.push([name, await start(name)]);
    for (const [, server] of up) await load(server, args, 1, 0.3);
    for (let round = 0; round < Number(given.rounds); round++) {
      for (let i = 0; i < up.length; i++) {
        const [name, server] = up[(i + round) % up.length];
        rows[name].push(await load(server, args, Number(given.secs), 0.1));
      }
    }
  } finally {
    for (const [, server] of up) server.stop();
  }
  const cells = names.map((name) => [name, short(median(rows[name].map((row) => row.per_cpu_s))), times(median(ratios(rows[name], rows.native, "per_cpu_s"))), times(median(ratios(rows[name], rows.ws, "per_cpu_s")))]);
  const mark = marks[scenario] ? ` (mark for ours: ${marks[scenario]}× native)` : "";
  console.log(`\n## ${scenario}: ${title}${mark}\n\n${table(["server", "messages per CPU second", "× native", "× ws"], cells)}`);
}

/** Resident memory that each idle connection adds, after one message on each. */
async function idle() {
  const first = 400, count = Math.min(Number(given.idle), fileLimit() - first - 200), cells = [];
  for (const name of names) {
    const server = await start(name), release = [];
    const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]);
    try {
      let open = 0;
      const counted = { ...server, collect: async () => { await new Promise((done) => { setTimeout(done, 300); }); return { open: openFiles(server.pid) - open }; } };
      open = openFiles(server.pid);
      release.push(await hold(counted, first, first));
      const before = resident();
      release.push(await hold(counted, count, first + count));
      await new Promise((done) => { setTimeout(done, 1500); });
      cells.push([name, ((resident() - before) / count).toFixed(2)]);
    } finally {
      for (const letGo of release) letGo();
      server.stop();
    }
  }
  console.log(`\n## idle: ${count} connections, one message on each\n\n${table(["server", "RSS KiB each"], cells)}`);
}

function openFiles(pid) {
  return execFileSync("ls", [`/proc/${pid}/fd`], { encoding: "utf8" }).split("\n").length;
}
