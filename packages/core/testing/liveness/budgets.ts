/** The limits of all connections of a server together, and the times of pings. A suite that every adapter runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import v8 from "node:v8";
import vm from "node:vm";
import type { Latency } from "../../src/connection/round-trips.ts";
import type { WebSocket } from "../../src/shell/index.ts";
import { eventually, pass, within } from "../../src/testing/assertion.ts";
import { BINARY, encodeFrame } from "../../src/testing/wire/frames.ts";
import { requestHead } from "../../src/testing/wire/line.ts";
import type { Case } from "../harness/harnesses.ts";
import { dialRaw } from "../harness/raw-streams.ts";
import type { SocketsAdapter } from "../server/sockets.ts";

type Budgeted = Case<SocketsAdapter>;

const MiB = 1024 * 1024;

/** A reader that opens a WebSocket, and never reads. */
async function neverReads(port: number): Promise<net.Socket> {
  const socket = net.connect({ port, host: "127.0.0.1" });
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.pause();
  socket.write(requestHead());
  return socket;
}

/** Collects what nobody holds, where the runtime lets one: what is measured is what is held. */
const collect = ((): (() => void) => {
  const { Bun } = globalThis as { Bun?: { gc(now: boolean): void } };
  if (Bun !== undefined) return () => Bun.gc(true);
  try {
    v8.setFlagsFromString("--expose-gc");
    return vm.runInNewContext("gc") as () => void;
  } catch {
    return () => {};
  }
})();

const READERS = 8;
const PIECE = 1024 * 1024;

/** Cases that measure the process, and so want it for themselves. Every adapter runs this in a file of its own. */
export const growthCases = (["serve", "listen"] as const).map((by): Budgeted => ({
  name: `${by}: ${READERS} readers that never read are sent 128 MiB, and memory grows by 64 at most`,
  run: async (adapter) => {
    const sockets = new Set<WebSocket>();
    const errors: (string | undefined)[] = [];
    const server = adapter[by]({
      hostname: "127.0.0.1",
      websocket: {
        open: (socket) => void sockets.add(socket),
        close: (socket) => void sockets.delete(socket),
        error: (_, error) => void errors.push((error as { code?: string }).code),
      },
    });
    await server.ready;
    const readers = await Promise.all(
      Array.from({ length: READERS }, () => neverReads(server.port)),
    );
    try {
      await eventually(() => sockets.size === READERS, "the readers");
      collect();
      const before = process.memoryUsage().rss;
      let most = 0;
      for (let sent = 0; sent < 128 * MiB; sent += READERS * PIECE) {
        for (const socket of sockets) socket.send(new Uint8Array(PIECE).fill(1));
        await pass(1);
        let waits = 0;
        for (const socket of sockets) waits += socket.bufferedAmount;
        assert.ok(waits <= 34 * MiB, `${waits} bytes wait`);
        if (sent % (4 * READERS * PIECE) === 0) collect();
        most = Math.max(most, process.memoryUsage().rss - before);
      }
      assert.ok(server.budget.dropped > 0, "some are dropped");
      assert.equal(errors.length, server.budget.dropped);
      assert.deepEqual(new Set(errors), new Set(["budget-exceeded"]));
      assert.ok(sockets.size > 0, "and some are left");
      assert.ok(most <= 64 * MiB, `memory grew by ${Math.round(most / MiB)} MiB`);
    } finally {
      for (const reader of readers) reader.destroy();
      await server.stop({ force: true });
    }
    const { budget } = server;
    await eventually(() => budget.bufferedBytes + budget.connections === 0, "nothing to be left");
  },
}));

/** How `count` openings are answered, one after the other, while those before stay. */
async function answers(port: number, count: number): Promise<number[]> {
  const statuses: number[] = [];
  const peers = [];
  for (let at = 0; at < count; at++) {
    const peer = await dialRaw(port, false);
    peers.push(peer);
    peer.write(requestHead());
    statuses.push(Number((await peer.head()).startLine.split(" ")[1]));
  }
  for (const peer of peers) peer.destroy();
  return statuses;
}

const admission = (["serve", "listen"] as const).flatMap((by) =>
  (
    [
      ["connections", 503],
      ["connectionsPerAddress", 429],
    ] as const
  ).map(([limit, status]): Budgeted => ({
    name: `${by}: one more than budget.${limit} is refused with ${status}, and taken again once another has gone`,
    run: async (adapter) => {
      const server = adapter[by]({
        hostname: "127.0.0.1",
        budget: { [limit]: 2 },
        websocket: {},
      });
      await server.ready;
      try {
        assert.deepEqual(await answers(server.port, 3), [101, 101, status]);
        await eventually(() => server.budget.connections === 0, "all gone");
        assert.deepEqual(await answers(server.port, 1), [101]);
        assert.equal(server.budget.refused, 1);
      } finally {
        await server.stop({ force: true });
      }
    },
  })),
);

/** Writes to `socket` as fast as it goes, and resolves with the bytes taken once nothing has been taken for `quietTime`. */
async function flood(
  socket: net.Socket,
  chunk: Uint8Array,
  most: number,
  quietTime = 500,
): Promise<number> {
  const more = (): void => {
    while (!socket.destroyed && socket.bytesWritten < most && socket.write(chunk));
  };
  socket.on("drain", more);
  more();
  let taken = -1;
  for (let quiet = 0; quiet * 50 < quietTime;) {
    const now = socket.bytesWritten - socket.writableLength;
    quiet = now === taken ? quiet + 1 : 0;
    taken = now;
    await pass(50);
  }
  return taken;
}

/** A server of `node:http` whose sockets are made by `upgrade()`, and echo. */
async function upgrading(
  adapter: SocketsAdapter,
  options: object,
  use: (port: number, sockets: ReadonlySet<WebSocket>) => Promise<void>,
): Promise<void> {
  const sockets = new Set<WebSocket>();
  const server = http.createServer().on("upgrade", (request, socket: net.Socket, head) => {
    const ws = adapter.upgrade(request, socket, head, options);
    ws.on("open", () => void sockets.add(ws));
    ws.on("close", () => void sockets.delete(ws));
    ws.on("error", () => {});
    ws.on("message", (event) => void ws.send(event));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    await use((server.address() as net.AddressInfo).port, sockets);
  } finally {
    for (const socket of sockets) socket.terminate();
    server.close();
    server.closeAllConnections();
  }
}

const FLOODERS = 6;

/** Peers that write 12 MiB each and read nothing are slowed; then they read, and get all of it. */
async function slowed(
  port: number,
  waits: () => { readonly bytes: number; readonly open: number },
): Promise<void> {
  const peers = await Promise.all(Array.from({ length: FLOODERS }, () => neverReads(port)));
  try {
    await eventually(() => waits().open === FLOODERS, "the peers");
    const chunk = encodeFrame({ opcode: BINARY, payload: new Uint8Array(65_536) }, true);
    const most = 12 * MiB;
    await Promise.all(peers.map((peer) => flood(peer, chunk, most, 200)));
    const { bytes, open } = waits();
    assert.ok(bytes >= 4 * MiB, `only ${bytes} bytes wait`);
    // From 4 MiB on, each may be 64 KiB behind, and have as much read; Bun reads half a mebibyte at once.
    assert.ok(bytes <= 10 * MiB, `${Math.round(bytes / MiB)} MiB wait`);
    assert.equal(open, FLOODERS);
    // Each frame comes back without its mask.
    const echoes = (peer: net.Socket): number => Math.floor(peer.bytesWritten / chunk.length);
    for (const peer of peers) peer.resume();
    await eventually(
      () => peers.every((peer) => peer.bytesRead >= echoes(peer) * (chunk.length - 4)),
      "all echoes",
    );
    assert.ok(peers.every((peer) => peer.bytesWritten >= most));
  } finally {
    for (const peer of peers) peer.destroy();
  }
}

const slowing: readonly Budgeted[] = [
  ...(["serve", "listen"] as const).map((by): Budgeted => ({
    name: `${by}: ${FLOODERS} floods whose echoes are not read are read no faster than they read, and lose nothing`,
    run: async (adapter) => {
      const server = adapter[by]({
        hostname: "127.0.0.1",
        websocket: { message: (socket, data) => void socket.send(data) },
      });
      await server.ready;
      const { budget, clients } = server;
      try {
        await slowed(server.port, () => ({ bytes: budget.bufferedBytes, open: clients.size }));
        assert.ok(budget.delayed >= FLOODERS);
        assert.equal(budget.dropped, 0);
      } finally {
        await server.stop({ force: true });
      }
    },
  })),
];

/** A flood that is not read any more can be of a peer that has died. */
const dying = (["serve", "listen"] as const).map((by): Budgeted => ({
  name: `${by}: a flood that is not read any more and says nothing is noticed by its pong, as any dead peer is`,
  run: async (adapter) => {
    let socket: WebSocket | undefined;
    const server = adapter[by]({
      hostname: "127.0.0.1",
      pingInterval: 300,
      pongTimeout: 700,
      budget: { bufferedBytes: 2 * MiB },
      websocket: {
        open: (opened) => {
          socket = opened;
        },
        message: (peer, data) => void peer.send(data),
        error: () => {},
      },
    });
    await server.ready;
    const peer = await neverReads(server.port);
    try {
      const chunk = encodeFrame({ opcode: BINARY, payload: new Uint8Array(65_536) }, true);
      await flood(peer, chunk, 12 * MiB, 200);
      assert.ok(server.budget.delayed > 0);
      const { code, cause } = await within(socket!.closed, "the close");
      assert.deepEqual([code, cause?.code], [1006, "pong-timeout"]);
    } finally {
      peer.destroy();
      await server.stop({ force: true });
    }
  },
}));

const echoes: readonly Budgeted[] = [
  ...(["serve", "listen"] as const).map((by): Budgeted => ({
    name: `${by}: beyond maxBufferedBytes a flood whose echoes are never read is not read either`,
    run: async (adapter) => {
      const server = adapter[by]({
        hostname: "127.0.0.1",
        maxBufferedBytes: MiB,
        websocket: {
          message: (socket, data) => void socket.send(data),
          error: () => {},
        },
      });
      await server.ready;
      const peer = await neverReads(server.port);
      try {
        const chunk = encodeFrame({ opcode: BINARY, payload: new Uint8Array(65_536) }, true);
        const taken = await flood(peer, chunk, 128 * MiB);
        assert.ok(taken < 64 * MiB, `the server took ${Math.round(taken / MiB)} MiB`);
        assert.ok(taken > MiB, `the server took ${taken} bytes`);
      } finally {
        peer.destroy();
        await server.stop({ force: true });
      }
    },
  })),
  {
    name: "a reader that reads on after it was too slow gets all before the limit, 1013, and the end",
    run: async (adapter) => {
      const server = adapter.listen({
        hostname: "127.0.0.1",
        maxBufferedBytes: MiB,
        websocket: {
          open: (socket) => {
            for (let at = 0; at < 40; at++) socket.send(new Uint8Array(MiB / 4));
          },
          error: () => {},
        },
      });
      await server.ready;
      try {
        const socket = new adapter.Client(server.url);
        const { code } = await within(socket.closed, "the close");
        assert.equal(code, 1013);
        await eventually(() => server.clients.size === 0, "the server's end");
      } finally {
        await server.stop({ force: true });
      }
    },
  },
  {
    name: "upgrade: sockets with the same budget share it, whatever object says so: one more than connections is refused with 503",
    run: async (adapter) => {
      // Every call has an object of its own.
      const options = {
        get budget() {
          return { connections: 2, bufferedBytes: 33_554_431 };
        },
      };
      await upgrading(adapter, options, async (port, sockets) => {
        assert.deepEqual(await answers(port, 3), [101, 101, 503]);
        await eventually(() => sockets.size === 0, "all gone");
        assert.deepEqual(await answers(port, 1), [101]);
      });
      assert.throws(
        () =>
          adapter.upgrade({ method: "GET", url: "/", headers: {} }, null, null, {
            budget: { conections: 1 } as never,
          }),
        /budget: there is no "conections"; is connections meant\?/,
      );
    },
  },
  {
    name: "upgrade: readers that never read hold no more than 32 MiB together",
    run: (adapter) =>
      upgrading(adapter, {}, async (port, sockets) => {
        const readers = await Promise.all(Array.from({ length: READERS }, () => neverReads(port)));
        try {
          await eventually(() => sockets.size === READERS, "the readers");
          for (let sent = 0; sent < 96 * MiB; sent += READERS * PIECE) {
            for (const socket of sockets) socket.send(new Uint8Array(PIECE));
            await pass(1);
            let waits = 0;
            for (const socket of sockets) waits += socket.bufferedAmount;
            assert.ok(waits <= 34 * MiB, `${waits} bytes wait`);
          }
          assert.ok(sockets.size < READERS, "some are dropped");
          assert.ok(sockets.size > 0, "and some are left");
        } finally {
          for (const reader of readers) reader.destroy();
        }
      }),
  },
];

const rate: Budgeted = {
  name: "serve: no more messages are read in a second than budget.messagesPerSecond, and none is lost",
  run: async (adapter) => {
    const told: string[] = [];
    let afterFirst = 0;
    const server = adapter.serve({
      hostname: "127.0.0.1",
      budget: { messagesPerSecond: 20 },
      websocket: { message: (_, data) => void told.push(data as string) },
    });
    await server.ready;
    try {
      const socket = await adapter.connect(server.url);
      const sent = Array.from({ length: 30 }, (_, n) => `${n}`);
      for (const text of sent) socket.send(text);
      await eventually(() => server.budget.delayed > 0, "reading to wait");
      await pass(100);
      afterFirst = told.length;
      await eventually(() => told.length === 30, "the rest");
      assert.equal(afterFirst, 20);
      assert.deepEqual(told, sent);
    } finally {
      await server.stop({ force: true });
    }
  },
};

const wrong: Budgeted = {
  name: "serve, listen: a budget that is none is refused",
  run: (adapter) => {
    for (const by of ["serve", "listen"] as const) {
      const make = (budget: unknown) => () =>
        void adapter[by]({ budget: budget as object, websocket: {} });
      assert.throws(
        make({ conections: 1 }),
        /budget: there is no "conections"; is connections meant/,
      );
      assert.throws(
        make({ connections: 0 }),
        /budget\.connections: expected a whole number above 0/,
      );
      assert.throws(make(5), /budget: expected \{ bufferedBytes/);
    }
    return Promise.resolve();
  },
};

/** Both sides measure: the server by keepalive, the client by `ping()`. */
async function latencies(
  adapter: SocketsAdapter,
  options: object,
  url: (port: number) => string,
): Promise<void> {
  const told: Latency[] = [];
  let server: ReturnType<SocketsAdapter["serve"]> | undefined;
  const first = new Promise<WebSocket>((resolve) => {
    server = adapter.serve({
      hostname: "127.0.0.1",
      pingInterval: 20,
      ...options,
      websocket: {
        open: (socket) => {
          socket.on("latency", (latency) => {
            told.push(latency);
            if (told.length === 3) resolve(socket);
          });
        },
      },
    });
  });
  await server!.ready;
  try {
    const client = await adapter.connect(url(server!.port), { http2: "http2" in options });
    assert.equal(client.latency, undefined);
    const answered = once(client, "latency");
    client.ping("x");
    const [latency] = (await within(answered, "the client's pong")) as [Latency];
    assert.equal(client.latency, latency);
    assert.ok(latency.last >= 0 && latency.last === latency.smoothed);
    const socket = await within(first, "three pongs");
    assert.equal(socket.latency, told.at(-1));
    assert.ok(told.every(({ last, smoothed }) => last >= 0 && last < 5000 && smoothed < 5000));
  } finally {
    await server!.stop({ force: true });
  }
}

/** A server of HTTP/2 that says GOAWAY to its first session as soon as the stream is asked for. */
const goaway: Budgeted = {
  name: "connect by HTTP/2: a fresh session that is told GOAWAY is replaced by another, at once",
  run: async (adapter) => {
    let sessions = 0;
    const server = adapter.serve({ hostname: "127.0.0.1", http2: true, websocket: {} });
    await server.ready;
    // Between them: what answers the first session with SETTINGS that allow it, and GOAWAY.
    const between = net.createServer((near) => {
      near.on("error", () => {});
      if (++sessions > 1) {
        const far = net.connect(server.port, "127.0.0.1");
        far.on("error", () => {});
        near.pipe(far).pipe(near);
        return;
      }
      const allow = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 1];
      const leave = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
      near.once("data", () =>
        near.write(Uint8Array.from([...allow, 0, 0, 0, 4, 1, 0, 0, 0, 0, ...leave])),
      );
    });
    between.listen(0, "127.0.0.1");
    await once(between, "listening");
    const { port } = between.address() as net.AddressInfo;
    const from = performance.now();
    try {
      const socket = await adapter.connect(`ws://127.0.0.1:${port}/`, { http2: true });
      assert.ok(performance.now() - from < 5000, "it waited for the timeout");
      assert.equal(sessions, 2);
      socket.close();
      await within(socket.closed, "the close");
    } finally {
      between.close();
      await server.stop({ force: true });
    }
  },
};

export const budgetCases: readonly Budgeted[] = [
  ...admission,
  ...echoes,
  ...slowing,
  ...dying,
  rate,
  wrong,
  {
    name: "latency: both sides measure, and tell",
    run: (adapter) => latencies(adapter, {}, (port) => `ws://127.0.0.1:${port}/`),
  },
  {
    name: "latency: both sides measure over HTTP/2, and tell",
    run: (adapter) => latencies(adapter, { http2: true }, (port) => `ws://127.0.0.1:${port}/`),
  },
  goaway,
];
