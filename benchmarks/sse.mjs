#!/usr/bin/env node
// Event streams over loopback, this library and better-sse in turns: memory of each open stream, and events per CPU second of the server.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";
import { fileLimit, onCore, pinned, stop } from "./load.mjs";
import { startAnswering } from "./programs.mjs";
import { heading, median, ratios, short, table, times } from "./report.mjs";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    streams: { type: "string" },
    rounds: { type: "string" },
    json: { type: "string" },
  },
});
const asked = Number(given.streams ?? (given.quick ? 1000 : 10_000));
const rounds = Number(given.rounds ?? (given.quick ? 3 : 5));
if (!(asked >= 1) || !(rounds >= 1)) stop("--streams and --rounds take a number above 0.");
const FIRST = 200;
const count = Math.min(asked, fileLimit() - FIRST - 200);
const file = (name) => fileURLToPath(new URL(name, import.meta.url));

const ours = await bundle({ entry: "servers/sse-ours.mjs", name: "sse-ours" }).catch((error) =>
  stop(`Our server does not build: ${error.message}`),
);
const servers = [
  ["ours", ours],
  ["better-sse", file("servers/sse-better.mjs")],
];
const rows = {};

async function readersOf(port, streams) {
  const readers = startAnswering(
    onCore(1, [process.execPath, file("sse-readers.mjs"), String(port), String(streams)]),
  );
  await readers.hear();
  return readers;
}

/** Memory of `count` streams beyond the first, then the events: all servers are up at once and measured in turns. */
async function prepare(name, program) {
  const server = startAnswering(
    onCore(0, [process.execPath, "--expose-gc", "--max-semi-space-size=1", program]),
  );
  const { port } = await server.hear();
  const readers = [await readersOf(port, FIRST)];
  const before = await server.ask("memory");
  readers.push(await readersOf(port, count));
  const after = await server.ask("memory");
  const each = (key) => (after[key] - before[key]) / (after.open - before.open);
  rows[name] = {
    memory: { heap: each("heapUsed"), external: each("external"), rss: each("rss") },
    broadcast: [],
    each: [],
  };
  return { name, server, readers };
}

/** As many events a round as take about half a second. */
async function sized(server, kind) {
  await server.ask(`${kind} 5`);
  const { cpu } = await server.ask(`${kind} 5`);
  return Math.min(200, Math.max(3, Math.round((5 * 500_000) / cpu)));
}

console.log(heading("Event streams over loopback"));
if (count < asked)
  console.log(
    `\nA process may open ${fileLimit()} files here, so ${count} streams instead of ${asked}; raise it with \`ulimit -n ${asked + FIRST + 200}\`.`,
  );
if (!pinned)
  console.log(
    "\nServer and readers share cores here (one core, or no taskset): expect wider spreads.",
  );

const up = [];
try {
  for (const [name, program] of servers) up.push(await prepare(name, program));
  for (const kind of ["broadcast", "each"]) {
    const sizes = new Map();
    for (const { name, server } of up) sizes.set(name, await sized(server, kind));
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < up.length; turn++) {
        const { name, server } = up[(turn + round) % up.length];
        const { cpu, sent } = await server.ask(`${kind} ${sizes.get(name)}`);
        rows[name][kind].push({ per_cpu_s: (sent / cpu) * 1e6 });
      }
    }
  }
  await told();
} finally {
  for (const { server, readers } of up) for (const program of [server, ...readers]) program.stop();
}

async function told() {
  const names = servers.map(([name]) => name);
  const kib = (bytes) => (bytes / 1024).toFixed(2);
  console.log(`\n## ${count} open streams: memory of each, after garbage collection\n`);
  console.log(
    table(
      ["server", "heap KiB", "external KiB", "RSS KiB"],
      names.map((name) => [
        name,
        ...["heap", "external", "rss"].map((key) => kib(rows[name].memory[key])),
      ]),
    ),
  );
  for (const [kind, title] of [
    ["broadcast", "One event to all, by a channel"],
    ["each", "An event to each stream by itself, all in one turn"],
  ]) {
    console.log(`\n## ${title}: events delivered per CPU second of the server\n`);
    console.log(
      table(
        ["server", "per CPU second", "× better-sse", "rounds"],
        names.map((name) => {
          const all = ratios(rows[name][kind], rows["better-sse"][kind], "per_cpu_s");
          return [
            name,
            short(median(rows[name][kind].map((row) => row.per_cpu_s))),
            times(median(all)),
            `${Math.min(...all).toFixed(2)}–${Math.max(...all).toFixed(2)}`,
          ];
        }),
      ),
    );
  }
  for (const { name, readers } of up) {
    const counts = await Promise.all(readers.map((one) => one.ask("count")));
    const total = counts.reduce((sum, { events }) => sum + events, 0);
    console.log(`\n${name}: readers counted ${short(total)} events.`);
  }
  if (!given.json) return;
  mkdirSync(dirname(resolve(given.json)), { recursive: true });
  writeFileSync(
    given.json,
    `${JSON.stringify({ date: new Date().toISOString(), node: process.version, count, rows }, null, 1)}\n`,
  );
}
