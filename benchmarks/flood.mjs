#!/usr/bin/env node
// Floods an echo server and never reads: prints by how much the memory of its process grows at most, on each runtime and at each door (Linux).
// With --reads the peers read all echoes, for comparison: that much the same traffic costs without an attack.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";
import { frame } from "./frames.mjs";
import { commandOf } from "./programs.mjs";
import { table } from "./report.mjs";

const { values: given } = parseArgs({
  options: {
    runtimes: { type: "string", default: "node,deno,bun" },
    doors: { type: "string", default: "serve;listen;upgrade;constructor" },
    sizes: { type: "string", default: "16,1024,65536" },
    connections: { type: "string", default: "1,16" },
    seconds: { type: "string", default: "5" },
    reads: { type: "boolean", default: false },
  },
});

const LIMIT = 64;
const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const program = readFileSync(file("flood-endpoint.mjs"), "utf8");

/** The memory of a process that is its own, in MiB. */
const memoryOf = (pid) => {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024;
};

/** Opens a WebSocket by hand and writes frames as fast as they go; nothing is read but the head, unless `--reads`. */
async function flooder(port, chunk) {
  const socket = net.connect(port, "127.0.0.1");
  const state = { sent: 0, closed: false };
  socket.on("error", () => {}).on("close", () => (state.closed = true));
  await once(socket, "connect");
  socket.write(
    `GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  await once(socket, "data");
  if (given.reads) socket.resume();
  else socket.pause();
  const more = () => {
    do state.sent += chunk.length;
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", more);
  return { start: more, state, socket };
}

async function flood(runtime, outfile, { door, size, connections }) {
  const child = spawn(...split([...commandOf(runtime), outfile, door]), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const port = Number(String((await once(child.stdout, "data"))[0]));
    // So many frames go in one write that the sender is not what is measured.
    const one = frame(Buffer.alloc(size, "flood "), 1);
    const chunk = Buffer.concat(Array(Math.max(1, Math.floor(65_536 / one.length))).fill(one));
    const all = await Promise.all(Array.from({ length: connections }, () => flooder(port, chunk)));
    await pause(200);
    const before = memoryOf(child.pid);
    let most = before;
    for (const { start } of all) start();
    for (let time = 0; time < Number(given.seconds) * 50; time++) {
      await pause(20);
      most = Math.max(most, memoryOf(child.pid));
      if (all.every(({ state }) => state.closed)) break;
    }
    const sent = all.reduce((sum, { state }) => sum + state.sent, 0) / 2 ** 20;
    const dropped = all.filter(({ state }) => state.closed).length;
    for (const { socket } of all) socket.destroy();
    return { grown: most - before, before, sent, dropped };
  } finally {
    child.kill("SIGKILL");
  }
}

const split = ([command, ...args]) => [command, args];
const rows = [];
for (const runtime of given.runtimes.split(",")) {
  const outfile = await bundle({
    source: program.replace("node-adapter", `${runtime}-adapter`),
    from: file(`../packages/${runtime}-adapter`),
    name: `flood-${runtime}`,
  });
  for (const door of given.doors.split(";"))
    for (const size of given.sizes.split(",").map(Number))
      for (const connections of given.connections.split(",").map(Number)) {
        const { grown, before, sent, dropped } = await flood(runtime, outfile, {
          door,
          size,
          connections,
        });
        const row = [runtime, door, size, connections, before, grown, sent].map((value) =>
          typeof value === "number" ? value.toFixed(0) : value,
        );
        rows.push([...row, `${dropped}/${connections}`, grown > LIMIT ? "more than 64 MiB" : ""]);
        console.error(rows.at(-1).join("\t"));
      }
}
console.log(
  table(
    [
      "runtime",
      "door",
      "bytes",
      "connections",
      "MiB before",
      "MiB grown",
      "MiB sent",
      "closed",
      "",
    ],
    rows,
  ),
);
if (rows.some((row) => row.at(-1) !== "")) process.exitCode = 1;
