#!/usr/bin/env node
// Topics over loopback: this library on Node and on Bun beside Bun's own, crossws and uWebSockets.js, in turns. Messages delivered per CPU second of the server, and memory of a subscription.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";
import { fileLimit, onCore, pinned, stop } from "./load.mjs";
import { commandOf, startAnswering, versionOf } from "./programs.mjs";
import { heading, median, ratios, short, table, times } from "./report.mjs";
import { fetchUws } from "./uws.mjs";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    sockets: { type: "string" },
    topics: { type: "string" },
    rounds: { type: "string" },
    more: { type: "string" },
    uws: { type: "boolean" },
  },
});
const asked = Number(given.sockets ?? (given.quick ? 200 : 10_000));
const topics = Number(given.topics ?? (given.quick ? 20 : 1000));
const rounds = Number(given.rounds ?? (given.quick ? 1 : 5));
const more = Number(given.more ?? 10);
if (!(asked >= 1) || !(topics >= 1) || !(rounds >= 1) || !(more >= 1))
  stop("--sockets, --topics, --rounds and --more take a number above 0.");
const count = Math.min(asked, fileLimit() - 400);
const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const ours = await bundleOurs("node");
const oursOnBun = await bundleOurs("bun");
const servers = [
  ["ours on Node", "node", ours],
  ["ours on Bun", "bun", oursOnBun],
  ["Bun's own", "bun", file("servers/publish-bun.mjs")],
  ["crossws on Node", "node", file("servers/publish-crossws.mjs")],
  ["crossws on Bun", "bun", file("servers/publish-crossws.mjs")],
];
const uws = given.uws ? fetchUws() : undefined;
if (uws !== undefined)
  servers.push(["uWebSockets.js on Node", "node", file("servers/publish-uws.mjs"), uws]);

/** Our adapter by the runtime's name, in the same program. */
function bundleOurs(runtime) {
  const source = readFileSync(file("servers/publish-ours.mjs"), "utf8")
    .replace("node-adapter", `${runtime}-adapter`)
    .replace("./publish-mode.mjs", file("servers/publish-mode.mjs"));
  return bundle({
    source,
    from: file(`../packages/${runtime}-adapter`),
    name: `publish-ours-${runtime}`,
  }).catch((error) => stop(`Our server does not build: ${error.message}`));
}

const KINDS = ["topics", "all", "broadcast"];
const rows = {};

async function prepare([name, runtime, program, ...rest]) {
  const command = [...commandOf(runtime), program, String(topics), ...rest];
  const server = startAnswering(onCore(0, command));
  const { port } = await server.hear();
  const readers = startAnswering(
    onCore(1, [process.execPath, file("publish-readers.mjs"), String(port), String(count)]),
  );
  await readers.hear();
  rows[name] = { topics: [], all: [], broadcast: [] };
  return { name, server, readers, got: 0 };
}

/** Measures the memory of additional subscriptions. */
async function remember({ name, server }) {
  const before = await server.ask("memory");
  const { subscriptions } = await server.ask(`more ${more}`);
  const after = await server.ask("memory");
  const each = (key) => (after[key] - before[key]) / subscriptions;
  rows[name].memory = { heap: each("heapUsed"), rss: each("rss") };
}

/** One round of one server: its CPU time, once all has arrived. */
async function measure(one, kind, sweeps) {
  const { cpu } = await one.server.ask(`${kind} ${sweeps}`);
  if (cpu === null) return undefined;
  const wanted = one.got + sweeps * count;
  const end = Date.now() + 60_000;
  for (;;) {
    one.got = (await one.readers.ask("count")).messages;
    if (one.got >= wanted) break;
    if (Date.now() > end) throw new Error(`${one.name}: ${wanted - one.got} messages are missing`);
    await sleep(20);
  }
  return { per_cpu_s: (sweeps * count * 1e6) / cpu };
}

console.log(heading(`${count} sockets, ${topics} topics`));
console.log(`\nNode ${process.version.slice(1)}, ${versionOf("bun")}`);
if (count < asked)
  console.log(`\nA process may open ${fileLimit()} files here; raise it with \`ulimit -n\`.`);
if (!pinned) console.log("\nServer and readers share cores here: expect wider spreads.");

const up = [];
try {
  up.push(...(await Promise.all(servers.map(prepare))));
  for (const kind of KINDS) {
    for (let round = -1; round < rounds; round++)
      for (let turn = 0; turn < up.length; turn++) {
        const one = up[(turn + round + up.length) % up.length];
        const row = await measure(one, kind, round < 0 ? 2 : 5); // the first is for the compilers
        if (row !== undefined && round >= 0) rows[one.name][kind].push(row);
      }
  }
  await Promise.all(up.map(remember));
  told();
} finally {
  for (const { server, readers } of up) for (const program of [server, readers]) program.stop();
}

function told() {
  const names = servers.map(([name]) => name);
  const native = rows["Bun's own"];
  for (const [kind, title] of [
    [
      "topics",
      `A message to each of the ${topics} topics, ${short(count / topics)} sockets each, in one turn`,
    ],
    ["all", `A message to one topic of all ${count} sockets`],
  ]) {
    console.log(`\n## ${title}: delivered per CPU second of the server\n`);
    console.log(
      table(
        ["server", "per CPU second", "× Bun's own", "rounds"],
        names.map((name) => {
          const all = ratios(rows[name][kind], native[kind], "per_cpu_s");
          const spread = `${Math.min(...all).toFixed(2)}–${Math.max(...all).toFixed(2)}`;
          return [
            name,
            short(median(rows[name][kind].map((row) => row.per_cpu_s))),
            times(median(all)),
            spread,
          ];
        }),
      ),
    );
  }
  console.log("\n## publish to all, beside broadcast to as many\n");
  console.log(
    table(
      ["server", "publish", "broadcast", "publish × broadcast"],
      names
        .filter((name) => rows[name].broadcast.length > 0)
        .map((name) => {
          const { all, broadcast } = rows[name];
          const of = (list) => short(median(list.map((row) => row.per_cpu_s)));
          return [name, of(all), of(broadcast), times(median(ratios(all, broadcast, "per_cpu_s")))];
        }),
    ),
  );
  console.log(`\n## Memory of a subscription: each of ${more} more of every socket\n`);
  console.log(
    table(
      ["server", "heap bytes", "RSS bytes"],
      names.map((name) => [name, short(rows[name].memory.heap), short(rows[name].memory.rss)]),
    ),
  );
}
