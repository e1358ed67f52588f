/**
 * What the flight recorder costs: CPU of a server that echoes 32-byte messages, 16 in flight on each of 8 connections, without it, with a ring in
 * memory, and with files. Rounds are interleaved; the client is a process of its own. `npm run bench:record`, `-- --quick`.
 */
import { connect, createTraceRing, recordTo, serve } from "@sansocket/node-adapter";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const CONNECTIONS = 8;
const IN_FLIGHT = 16;

/** Echoes `count` messages over each connection. @param {string} url @param {number} count */
async function load(url, count) {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(url)));
  await Promise.all(
    sockets.map(async (socket) => {
      let sent = 0;
      let received = 0;
      const message = "x".repeat(32);
      const done = new Promise((resolve) => {
        socket.on("message", () => {
          if (sent < count) {
            sent++;
            socket.send(message);
          }
          if (++received === count) resolve(undefined);
        });
      });
      for (; sent < IN_FLIGHT; sent++) socket.send(message);
      await done;
      socket.close();
      await socket.closed;
    }),
  );
}

/** Microseconds of CPU for each message. @param {import("@sansocket/node-adapter").TraceSink | undefined} record @param {number} count */
async function measure(record, count) {
  const server = serve({
    port: 0,
    hostname: "127.0.0.1",
    record,
    websocket: {
      message(socket, data) {
        socket.send(data);
      },
    },
  });
  await server.ready;
  const child = fork(fileURLToPath(import.meta.url), ["load", server.url, String(count)]);
  const before = process.cpuUsage();
  await once(child, "exit");
  const { user, system } = process.cpuUsage(before);
  await server.stop();
  return (user + system) / (count * CONNECTIONS);
}

if (process.argv[2] === "load") {
  await load(process.argv[3] ?? "", Number(process.argv[4]));
  process.exit(0);
}

const quick = process.argv.includes("--quick");
const folder = mkdtempSync(join(tmpdir(), "sansocket-record-"));
/** @type {Record<string, () => import("@sansocket/node-adapter").TraceSink | undefined>} */
const ways = {
  off: () => undefined,
  ring: () => createTraceRing(),
  files: () => recordTo(folder),
};
/** @type {Record<string, number[]>} */
const results = {};
for (let round = 0; round < (quick ? 3 : 7); round++) {
  for (const [name, make] of Object.entries(ways)) {
    const cost = await measure(make(), quick ? 10_000 : 40_000);
    if (round > 0) (results[name] ??= []).push(cost);
  }
}
rmSync(folder, { recursive: true });
const median = (/** @type {number[]} */ values) =>
  values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const off = median(results["off"] ?? []);
for (const [name, values] of Object.entries(results)) {
  const cost = median(values);
  console.log(
    `${name.padEnd(6)} ${cost.toFixed(2)} µs of CPU a message, ${(cost / off).toFixed(2)} of off`,
  );
}
