#!/usr/bin/env node
// Measures a process before its first work: loading the built packages beside ws, and a first connection over loopback. See README.md beside this file.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { stop } from "./load.mjs";
import { heading, median, table, times } from "./report.mjs";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" }, // 31, or 11 quick
    json: { type: "string" },
    strict: { type: "boolean", default: false },
  },
});
const rounds = Number(given.rounds ?? (given.quick ? 11 : 31));
if (!(rounds >= 1)) stop("--rounds takes a number above 0.");

/** Our promise: at most so many times the CPU time of ws, and so many MiB more than it. */
const MOST_CPU = 1.2;
const MOST_MEMORY = 1.5;

const here = dirname(fileURLToPath(import.meta.url));
const OURS = "@sansocket/node-adapter";
/** Each server answers one message of one client of its own, and the process ends. */
const first = {
  ws: `const { WebSocketServer, WebSocket } = require("ws");
    const server = new WebSocketServer({ port: 0 }, () => {
      const socket = new WebSocket("ws://127.0.0.1:" + server.address().port);
      socket.on("open", () => socket.send("hello")).on("message", tell);
    });
    server.on("connection", (socket) => socket.on("message", (data) => socket.send(String(data))));`,
  ours: `const { connect, listen } = require("${OURS}");
    const server = listen({ port: 0, hostname: "127.0.0.1", websocket: { message: (socket, data) => socket.send(data) } });
    server.ready.then(() => connect(server.url)).then((socket) => { socket.on("message", tell); socket.send("hello"); });`,
};
const TELL = `function tell() {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  console.log(JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1000, rss: process.memoryUsage.rss() / 1048576 }));
  process.exit();
}`;
const scenarios = {
  require: { none: "tell();", ws: `require("ws"); tell();`, ours: `require("${OURS}"); tell();` },
  import: {
    none: "tell();",
    ws: `import "ws"; tell();`,
    ours: `import "${OURS}"; tell();`,
  },
  "first connection": { none: "tell();", ...first },
};

/** One process; returns its CPU time in milliseconds and its resident memory in MiB when it was done. */
function once(scenario, program) {
  const type = scenario === "import" ? "module" : "commonjs";
  const text = execFileSync(
    process.execPath,
    [`--input-type=${type}`, "-e", `${program}\n${TELL}`],
    { cwd: here, encoding: "utf8" },
  );
  return JSON.parse(text);
}

console.log(heading("Cold start: ours beside ws"));
const all = {};
const loads = ["require", "import"];
let missed = 0;
for (const [scenario, programs] of Object.entries(scenarios)) {
  const names = Object.keys(programs);
  const rows = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length];
      rows[name].push(once(scenario, programs[name]));
    }
  }
  const of = (name, key) => median(rows[name].map((row) => row[key]));
  const above = (name, key) => of(name, key) - of("none", key);
  const ratio = above("ours", "cpu") / above("ws", "cpu");
  const extra = of("ours", "rss") - of("ws", "rss");
  all[scenario] = { ratio, extra, rows };
  if (loads.includes(scenario) && !(ratio <= MOST_CPU && extra <= MOST_MEMORY)) missed++;
  console.log(`\n## ${scenario}, medians of ${rounds} processes, less one that loads nothing\n`);
  console.log(
    table(
      ["", "CPU ms", "× ws", "MiB", "MiB more than ws"],
      ["ws", "ours"].map((name) => [
        name,
        above(name, "cpu").toFixed(1),
        times(above(name, "cpu") / above("ws", "cpu")),
        above(name, "rss").toFixed(1),
        (of(name, "rss") - of("ws", "rss")).toFixed(1),
      ]),
    ),
  );
}
console.log(
  `\nPromised of loading: at most ${MOST_CPU} × the CPU time of ws, and ${MOST_MEMORY} MiB more; ${missed === 0 ? "met" : `missed in ${missed} of ${loads.length}`}.`,
);
if (given.json) {
  mkdirSync(dirname(resolve(given.json)), { recursive: true });
  writeFileSync(given.json, JSON.stringify(all, null, 1));
}
if (given.strict && missed > 0) process.exitCode = 1;
