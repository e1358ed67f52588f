#!/usr/bin/env node
// Clients against one fast server: this library's, ws's and undici's, in turns; on Bun and Deno the runtime's own. See README.md beside this file.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";
import { onCore, pinned, stop } from "./load.mjs";
import { commandOf, startAnswering, versionOf } from "./programs.mjs";
import { heading, median, ratios, short, table, times } from "./report.mjs";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    runtime: { type: "string", default: "node" },
    only: { type: "string" },
    secs: { type: "string", default: "0.5" },
    rounds: { type: "string" }, // 7, or 3 quick
    json: { type: "string" },
  },
});
const secs = Number(given.secs);
const rounds = Number(given.rounds ?? (given.quick ? 3 : 7));
if (!(secs > 0) || !(rounds >= 1)) stop("--secs and --rounds take a number above 0.");

const CONNECTIONS = 32;
/** The arguments of `client-load.mjs`, but for the time. */
const scenarios = {
  p1: ["32 B text, 1 in flight", "1 32 text"],
  p16: ["32 B text, 16 in flight", "16 32 text"],
  "1k": ["1 KiB text, 4 in flight", "4 1024 text"],
  "64k": ["64 KiB binary, 1 in flight", "1 65536 binary"],
};
const wanted = given.only?.split(",") ?? Object.keys(scenarios);
for (const name of wanted)
  if (!Object.hasOwn(scenarios, name))
    stop(`There is no scenario "${name}"; there are ${Object.keys(scenarios).join(", ")}.`);

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const known = {
  node: ["ws", "ours", "undici"],
  bun: ["native", "ours", "ws"],
  deno: ["native", "ours", "ws"],
};
if (!Object.hasOwn(known, given.runtime))
  stop(`There is no runtime "${given.runtime}"; there are ${Object.keys(known).join(", ")}.`);
const clients = known[given.runtime];
const [base] = clients;
const command = commandOf(given.runtime);

async function ask(client, scenario, seconds) {
  const { messages, cpu, secs: wall } = await client.ask(`${scenarios[scenario][1]} ${seconds}`);
  return { per_cpu_s: messages / cpu, us: (cpu * 1e6) / messages, per_s: messages / wall, cpu };
}

/** Lets the compilers do their work, for which a busy machine gives little time in a second. */
async function warmUp(client, scenario) {
  for (let turn = 0, spent = 0; turn < 6 && spent < Math.min(1.2, 4 * secs); turn++)
    spent += (await ask(client, scenario, Math.min(0.8, 2 * secs))).cpu;
}

/** All clients in each round, in an order that turns. */
async function compare(up, scenario) {
  const rows = Object.fromEntries(clients.map((name) => [name, []]));
  for (const name of clients) await warmUp(up[name], scenario);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < clients.length; i++) {
      const name = clients[(i + round) % clients.length];
      rows[name].push(await ask(up[name], scenario, secs));
    }
  }
  const cells = clients.map((name) => {
    const all = ratios(rows[name], rows[base], "per_cpu_s");
    const of = (key) => short(median(rows[name].map((row) => row[key])));
    return [
      name,
      of("per_cpu_s"),
      of("us"),
      times(median(all)),
      `${Math.min(...all).toFixed(2)}–${Math.max(...all).toFixed(2)}`,
      of("per_s"),
    ];
  });
  console.log(`\n## ${scenario}: ${scenarios[scenario][0]}, ${CONNECTIONS} connections\n`);
  console.log(
    table(["client", "per CPU second", "CPU µs each", `× ${base}`, "rounds", "per second"], cells),
  );
  return rows;
}

console.log(heading(`Clients over loopback on ${versionOf(given.runtime)}`));
if (!pinned)
  console.log(
    "\nClient and server share cores here (one core, or no taskset): expect wider spreads.",
  );
const source = readFileSync(file("client-load.mjs"), "utf8").replace(
  "node-adapter",
  `${given.runtime}-adapter`,
);
const program = await bundle({
  source,
  from: file(given.runtime === "node" ? "." : `../packages/${given.runtime}-adapter`),
  name: `client-${given.runtime}`,
}).catch((error) => stop(`Our client does not build: ${error.message}`));

const server = startAnswering(onCore(1, [process.execPath, file("servers/in-place.mjs")]));
const up = {};
const raw = {};
try {
  const { port } = await server.hear();
  for (const name of clients)
    await (up[name] = startAnswering(
      onCore(0, [...command, program, name, String(port), String(CONNECTIONS)]),
    )).hear();
  for (const scenario of wanted) raw[scenario] = await compare(up, scenario);
} finally {
  for (const client of Object.values(up)) client.stop();
  server.stop();
}
if (given.json)
  writeFileSync(
    given.json,
    `${JSON.stringify({ date: new Date().toISOString(), runtime: given.runtime, secs, rounds, raw }, null, 1)}\n`,
  );
