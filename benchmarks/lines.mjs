#!/usr/bin/env node
// Straight lines: what more of something costs. Fails where the cost grows faster than what it is the cost of. See README.md beside this file.
import { once } from "node:events";
import net from "node:net";
import { parseArgs } from "node:util";
import { bundle } from "./build.mjs";
import { fileLimit, stop } from "./load.mjs";
import { heading, short, slopeOf, table } from "./report.mjs";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
  },
});

/** A slope of 1 is a straight line through the origin in logarithms; noise and caches that become too small add to it. */
const STEEPEST = 1.25;
/** Each size is measured so often, and the least counts: noise only adds. */
const TIMES = 3;

const { broadcast, connect, listen, serve, topics } = await import(
  await bundle({ entry: "../packages/node-adapter/src/index.ts", name: "lines" })
);

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Opens a socket by hand; resolves with it once the 101 is there. */
async function raw(port, headers = "") {
  const socket = net.connect(port, "127.0.0.1");
  socket.write(
    `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`,
  );
  const [head] = await once(socket, "data");
  if (!String(head).startsWith("HTTP/1.1 101"))
    throw new Error(`not opened: ${String(head).split("\r\n", 1)}`);
  socket.on("data", () => {});
  return socket;
}

/** A client's frame, masked with zeros: the payload may be shared. */
function frame(first, payload) {
  const { length } = payload;
  const head =
    length < 126
      ? [first, 0x80 | length, 0, 0, 0, 0]
      : [first, 0xff, 0, 0, 0, 0, ...uint32(length), 0, 0, 0, 0];
  return Buffer.concat([Uint8Array.from(head), payload]);
}
const uint32 = (n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];

async function withServer(websocket, use, options = {}) {
  const server = listen({ port: 0, hostname: "127.0.0.1", websocket, ...options });
  await server.ready;
  try {
    return await use(server);
  } finally {
    await server.stop({ force: true });
  }
}

/** Opens `count` sockets, a few at a time. */
async function crowd(port, count) {
  const sockets = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(50, count - sockets.length) }, () => raw(port));
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}

/** Resolves when `count` calls have been made of the function it comes with. */
function counter(count) {
  let left = count;
  let done;
  const all = new Promise((resolve) => {
    done = resolve;
  });
  return [
    all,
    (by = 1) => {
      left -= by;
      if (left <= 0) done();
    },
  ];
}

/**
 * Each returns the CPU time, in µs, of one piece of work of that size. The process is server and client at once.
 * @type {Record<string, { of: string, sizes: number[], quick: number[], cost: (size: number) => Promise<number> }>}
 */
const lines = {
  connections: {
    of: "sockets opened, and all held",
    sizes: [500, 2000, 8000, 20_000],
    quick: [100, 300, 900],
    cost: (count) =>
      withServer({}, async ({ port }) => {
        const from = cpu();
        const sockets = await crowd(port, count);
        const spent = cpu() - from;
        for (const socket of sockets) socket.destroy();
        return spent;
      }),
  },
  messages: {
    of: "bytes of one binary message",
    sizes: [1 << 20, 1 << 22, 1 << 24, (1 << 26) - 1],
    quick: [1 << 20, 1 << 22, 1 << 24],
    cost: (size) => receive([frame(0x82, Buffer.alloc(size))]),
  },
  fragments: {
    of: "fragments of 16 B of one message",
    sizes: [1000, 10_000, 100_000],
    quick: [1000, 8000, 64_000],
    cost: (count) => {
      const part = Buffer.alloc(16, "a");
      const middle = frame(0, part);
      return receive([
        frame(0x01, part),
        ...Array.from({ length: count - 2 }, () => middle),
        frame(0x80, part),
      ]);
    },
  },
  headers: {
    of: "bytes of headers of one opening",
    sizes: [1000, 4000, 16_000],
    quick: [1000, 4000, 16_000],
    cost: (size) =>
      withServer({}, async ({ port }) => {
        const line = `X-A: ${"a".repeat(133)}\r\n`;
        const headers = line.repeat(Math.floor(size / line.length));
        const from = cpu();
        for (let i = 0; i < 50; i++) (await raw(port, headers)).destroy();
        return (cpu() - from) / 50;
      }),
  },
  broadcast: {
    of: "receivers of one broadcast",
    sizes: [500, 2000, 8000],
    quick: [100, 300, 900],
    cost: (count) => {
      const open = new Set();
      return withServer(
        { open: (socket) => open.add(socket), close: (socket) => open.delete(socket) },
        async ({ port }) => {
          const sockets = await crowd(port, count);
          const [all, heard] = counter(count * 10);
          for (const socket of sockets) socket.on("data", (data) => heard(data.length / 102));
          const from = cpu();
          for (let i = 0; i < 10; i++) broadcast(open, "x".repeat(100));
          await all;
          const spent = (cpu() - from) / 10;
          for (const socket of sockets) socket.destroy();
          return spent;
        },
      );
    },
  },
  topics: {
    of: "topics, a subscriber and a message each",
    sizes: [1000, 10_000, 100_000],
    quick: [1000, 5000, 25_000],
    cost: async (count) => {
      let subscriber;
      const many = topics();
      return withServer(
        { open: (socket) => (subscriber = socket) },
        async ({ port }) => {
          const socket = await raw(port);
          const names = Array.from({ length: count }, (_, i) => `room/${i}`);
          const [all, heard] = counter(count * 3);
          socket.on("data", (data) => heard(data.length));
          const from = cpu();
          for (const name of names) subscriber.subscribe(name);
          for (const name of names) many.publish(name, "x");
          await all;
          const spent = cpu() - from;
          socket.destroy();
          return spent;
        },
        { topics: many },
      );
    },
  },
  streams: {
    of: "sockets in one session of HTTP/2",
    sizes: [100, 400, 1600],
    quick: [20, 60, 180],
    cost: async (count) => {
      const server = serve({ port: 0, hostname: "127.0.0.1", http2: true, websocket: {} });
      await server.ready;
      try {
        const from = cpu();
        const first = await connect(server.url, { http2: true });
        const others = await Promise.all(
          Array.from({ length: count - 1 }, () => connect(server.url, { http2: true })),
        );
        const spent = cpu() - from;
        for (const socket of [first, ...others]) socket.terminate?.();
        return spent;
      } finally {
        await server.stop({ force: true });
      }
    },
  },
};

/** CPU time of a server, and of writing, for one message that comes in these frames. */
function receive(frames) {
  const [come, told] = counter(1);
  return withServer({ message: () => told() }, async ({ port }) => {
    const socket = await raw(port);
    const bytes = Buffer.concat(frames);
    const from = cpu();
    socket.write(bytes);
    await come;
    const spent = cpu() - from;
    socket.destroy();
    return spent;
  });
}

const wanted = given.only?.split(",") ?? Object.keys(lines);
for (const name of wanted)
  if (!Object.hasOwn(lines, name))
    stop(`There is no line "${name}"; there are ${Object.keys(lines).join(", ")}.`);

console.log(heading("Straight lines"));
const cells = [];
let steep = 0;
for (const name of wanted) {
  const { of, sizes, quick, cost } = lines[name];
  // Client and server are this process: each socket is two files.
  const most = name === "connections" || name === "broadcast" ? fileLimit() / 2 - 100 : Infinity;
  const chosen = (given.quick ? quick : sizes).filter((size) => size <= most);
  await cost(chosen[0]); // for the compilers
  const points = [];
  for (const size of chosen) {
    const costs = [];
    for (let i = 0; i < TIMES; i++) costs.push(await cost(size));
    points.push([size, Math.min(...costs)]);
  }
  const slope = slopeOf(points);
  if (!(slope <= STEEPEST)) steep++;
  cells.push([
    name,
    of,
    points.map(([size, spent]) => `${short(size)}: ${short(spent / size)}`).join(" · "),
    slope.toFixed(2),
    slope <= STEEPEST ? "straight" : "too steep",
  ]);
}
console.log(`\n${table(["", "of", "size: CPU µs of each", "slope", ""], cells)}`);
console.log(
  `\nA slope of 1 is a straight line, of 2 a parabola; above ${STEEPEST} it fails. ${steep === 0 ? "None does." : `${steep} of ${wanted.length} do.`}`,
);
process.exit(steep === 0 ? 0 : 1);
