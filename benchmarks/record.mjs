#!/usr/bin/env node
// Measures the cost of the flight recorder: CPU of a server that echoes 32-byte messages, 16 in flight on each of 8 connections. Servers of their own record to files, to a ring in
// memory, or not at all; and one was built without the recorder. They are measured in turns. `-- --quick`, `-- --rounds 15`.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connect } from "@sansocket/node-adapter";
import { bundle, withoutRecorder } from "./build.mjs";
import { onCore } from "./load.mjs";
import { startAnswering } from "./programs.mjs";
import { heading, median, ratios, short, table, times } from "./report.mjs";

const CONNECTIONS = 8;
const IN_FLIGHT = 16;

/** Echoes `count` messages over each connection. */
async function load(url, count) {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(url)));
  const message = "x".repeat(32);
  await Promise.all(
    sockets.map(async (socket) => {
      let [sent, received] = [0, 0];
      const done = new Promise((resolve) => {
        socket.on("message", () => {
          if (sent < count) {
            sent++;
            socket.send(message);
          }
          if (++received === count) resolve();
        });
      });
      for (; sent < IN_FLIGHT; sent++) socket.send(message);
      await done;
      socket.close();
      await socket.closed;
    }),
  );
}

/** Microseconds of CPU for each message. */
async function measure({ server, port }, count) {
  const before = await server.ask("cpu");
  const args = ["load", `ws://127.0.0.1:${port}/`, String(count)];
  const [code] = await once(fork(fileURLToPath(import.meta.url), args), "exit");
  if (code !== 0) throw new Error(`the client ended with ${code}`);
  const after = await server.ask("cpu");
  return { cost: (after.cpu - before.cpu) / (count * CONNECTIONS) };
}

if (process.argv[2] === "load") {
  await load(process.argv[3], Number(process.argv[4]));
  process.exit(0);
}

const { values: given } = parseArgs({
  options: { quick: { type: "boolean", default: false }, rounds: { type: "string" } },
});
const rounds = Number(given.rounds ?? (given.quick ? 2 : 15));
const count = given.quick ? 5000 : 40_000;
const folder = mkdtempSync(join(tmpdir(), "sansocket-record-"));
const program = {
  source: readFileSync(new URL("servers/record.mjs", import.meta.url), "utf8"),
  from: fileURLToPath(new URL("../packages/node-adapter", import.meta.url)),
};
const [usual, without] = await Promise.all([
  bundle({ ...program, name: "record" }),
  bundle({ ...program, name: "record-without", plugins: [withoutRecorder] }),
]);
const ways = [
  ["built without the recorder", "off", without],
  ["off", "off", usual],
  ["ring", "ring", usual],
  ["files", "files", usual],
];
const up = [];
const rows = new Map(ways.map(([name]) => [name, []]));
try {
  for (const [name, way, file] of ways) {
    const server = startAnswering(onCore(0, [process.execPath, file, way, folder]));
    up.push({ name, server, port: (await server.hear()).port });
  }
  for (let round = -1; round < rounds; round++)
    for (let turn = 0; turn < up.length; turn++) {
      const one = up[(turn + round + up.length) % up.length];
      const row = await measure(one, count);
      if (round >= 0) rows.get(one.name).push(row); // the first is for the compilers
    }
} finally {
  for (const { server } of up) server.stop();
  rmSync(folder, { recursive: true });
}

const spreadTo = (name, base) => {
  const all = ratios(rows.get(name), rows.get(base), "cost");
  return `${times(median(all))} (${Math.min(...all).toFixed(2)}–${Math.max(...all).toFixed(2)})`;
};
console.log(
  heading(`The flight recorder: ${rounds} rounds of ${short(count * CONNECTIONS)} echoes`),
);
console.log();
console.log(
  table(
    ["server", "µs of CPU a message", "× built without", "× off"],
    up.map(({ name }) => [
      name,
      short(median(rows.get(name).map(({ cost }) => cost))),
      spreadTo(name, "built without the recorder"),
      spreadTo(name, "off"),
    ]),
  ),
);
