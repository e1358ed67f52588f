/** An adapter's functions together, and failures of other implementations, as a suite that every adapter runs. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type net from "node:net";
import zlib from "node:zlib";
import type { broadcast, prepare, WebSocket } from "../../src/shell/index.ts";
import type { Reject, Upgrade } from "../../src/node-compat/index.ts";
import { eventually } from "../../src/testing/assertion.ts";
import { requestHead } from "../../src/testing/wire/line.ts";
import type { RawPeer } from "../../src/testing/wire/raw-peer.ts";
import { BINARY, PING, PONG, TEXT } from "../../src/testing/wire/frames.ts";
import type { Adapter, Case } from "../harness/harnesses.ts";
import { dialRaw } from "../harness/raw-streams.ts";

/** The names of an adapter that this suite needs. */
export interface SocketsAdapter extends Adapter {
  readonly upgrade: Upgrade;
  readonly reject: Reject;
  readonly broadcast: typeof broadcast;
  readonly prepare: typeof prepare;
}
type Options = Parameters<Adapter["serve"]>[0];

/** Runs `use` with a server, and the sockets that have opened at it. */
async function withServer(
  adapter: Adapter,
  options: Partial<Options>,
  use: (port: number, sockets: WebSocket[]) => Promise<void>,
  by: "serve" | "listen" = "serve",
): Promise<void> {
  const sockets: WebSocket[] = [];
  const { websocket, ...rest } = options;
  const server = adapter[by]({
    hostname: "127.0.0.1",
    ...rest,
    websocket: {
      open: (socket) => {
        sockets.push(socket);
      },
      ...websocket,
    },
  });
  await server.ready;
  try {
    await use(server.port, sockets);
  } finally {
    await server.stop({ force: true });
  }
}

/** Runs `use` with an HTTP server of the caller's, whose upgrades go to `handle`. */
async function withUpgrades(
  handle: (request: http.IncomingMessage, socket: net.Socket, head: Buffer) => void,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const server = http.createServer().on("upgrade", handle);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    await use((server.address() as net.AddressInfo).port);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** The status of the answer to an opening with these fields. */
async function statusOf(port: number, fields: Readonly<Record<string, string>>): Promise<number> {
  const peer = await dialRaw(port, false);
  peer.write(requestHead({ Host: `127.0.0.1:${port}`, ...fields }));
  const { startLine } = await peer.head();
  peer.destroy();
  return Number(startLine.split(" ")[1]);
}

/** Runs `use` with a server's socket, and its peer by hand. */
async function withPeer(
  adapter: Adapter,
  options: Partial<Options>,
  fields: Readonly<Record<string, string>>,
  use: (socket: WebSocket, peer: RawPeer) => Promise<void>,
): Promise<void> {
  await withServer(adapter, options, async (port, sockets) => {
    const peer = await dialRaw(port, false);
    peer.write(requestHead(fields));
    await peer.head();
    await eventually(() => sockets.length > 0, "a socket");
    await use(sockets[0]!, peer);
    peer.destroy();
  });
}
const textOf = ({ payload }: { payload: Uint8Array }): string => Buffer.from(payload).toString();

type Start = (
  adapter: SocketsAdapter,
  origins: unknown,
  use: (port: number) => Promise<void>,
) => Promise<void>;
const starts: readonly [name: string, start: Start, takesAll: boolean][] = [
  [
    "serve",
    (adapter, origins, use) => withServer(adapter, { origins: origins as never }, use),
    false,
  ],
  [
    "listen",
    (adapter, origins, use) => withServer(adapter, { origins: origins as never }, use, "listen"),
    false,
  ],
  [
    "upgrade",
    ({ upgrade }, origins, use) =>
      withUpgrades((request, socket, head) => {
        upgrade(request, socket, head, { origins: origins as never }).on("error", () => {});
      }, use),
    false,
  ],
  [
    "the constructor",
    ({ WebSocket }, origins, use) =>
      withUpgrades((request, socket, head) => {
        new WebSocket(request, socket, head, [], { origins: origins as never }).on(
          "error",
          () => {},
        );
      }, use),
    true,
  ],
];

/** The origins whose pages may connect. */
const origins = starts.flatMap(([name, start, takesAll]): Case<SocketsAdapter>[] => [
  {
    name: `origins: ${name} takes its own pages and programs, and ${takesAll ? "others' pages" : "no others' pages"}`,
    run: (adapter) =>
      start(adapter, undefined, async (port) => {
        const own = `http://127.0.0.1:${port}`;
        assert.equal(await statusOf(port, {}), 101);
        assert.equal(await statusOf(port, { Origin: own }), 101);
        for (const evil of [
          "https://evil.example",
          "null",
          `${own}.evil.example`,
          `http://127.0.0.1:${port + 1}`,
        ])
          assert.equal(await statusOf(port, { Origin: evil }), takesAll ? 101 : 403, evil);
      }),
  },
  {
    name: `origins: ${name} takes whom it is told to`,
    run: async (adapter) => {
      await start(adapter, ["https://a.example"], async (port) => {
        assert.deepEqual(
          [
            await statusOf(port, { Origin: "https://a.example" }),
            await statusOf(port, { Origin: `http://127.0.0.1:${port}` }),
          ],
          [101, 403],
        );
      });
      await start(
        adapter,
        (origin: string | undefined) => origin !== undefined,
        async (port) => {
          assert.equal(await statusOf(port, {}), 403);
        },
      );
    },
  },
]);

const memory = Uint8Array.from({ length: 64 }, (_, at) => at).buffer;
const views: readonly [
  name: string,
  view: ArrayBufferView | ArrayBuffer,
  from: number,
  to: number,
][] = [
  ["Uint32Array", new Uint32Array(memory, 8, 4), 8, 24],
  ["DataView", new DataView(memory, 3, 5), 3, 8],
  ["Buffer", Buffer.from(memory, 1, 2), 1, 3],
  ["ArrayBuffer", memory, 0, 64],
];

/** `docs/security-history.md`, as far as a runtime has a part in it. */
const history: readonly Case<SocketsAdapter>[] = [
  {
    name: "CVE-2016-10518: a number is what is sent, not a size of memory",
    run: (adapter) =>
      withPeer(adapter, {}, {}, async (socket, peer) => {
        socket.ping(100 as unknown as string);
        socket.send(100);
        const frames = [await peer.frame(), await peer.frame()];
        assert.deepEqual(
          frames.map((frame) => [frame.opcode, textOf(frame)]),
          [
            [PING, "100"],
            [TEXT, "100"],
          ],
        );
      }),
  },
  {
    name: "CVE-2026-45736: of a view, its own bytes",
    run: (adapter) =>
      withPeer(adapter, {}, {}, async (socket, peer) => {
        for (const [name, view, from, to] of views) {
          socket.send(view);
          assert.deepEqual(
            [...(await peer.frame()).payload],
            [...new Uint8Array(memory).subarray(from, to)],
            name,
          );
        }
      }),
  },
  {
    name: "pongs named like properties of objects call nothing",
    run: (adapter) =>
      withPeer(adapter, {}, {}, async (socket, peer) => {
        let called = 0;
        socket.ping("mine", () => {
          called++;
        });
        for (const payload of ["__proto__", "toString", "constructor", "mine", "mine"])
          peer.send({ opcode: PONG, payload });
        peer.send({ opcode: PING, payload: "end" });
        while ((await peer.frame()).opcode !== PONG);
        assert.deepEqual([called, socket.readyState], [1, 1]);
      }),
  },
  {
    name: "fields that the HTTP server has dropped are an opening refused",
    run: ({ upgrade }) =>
      withUpgrades(
        (request, socket, head) => {
          for (const name of ["upgrade", "connection", "sec-websocket-key"])
            Reflect.deleteProperty(request.headers, name);
          upgrade(request, socket, head).on("error", () => {});
        },
        async (port) => {
          assert.equal(await statusOf(port, {}), 400);
        },
      ),
  },
  {
    name: "X-Forwarded-* makes nothing secure",
    run: async (adapter) => {
      const seen: string[] = [];
      await withUpgrades(
        (request, socket, head) => {
          seen.push(adapter.upgrade(request, socket, head).url);
        },
        async (port) => {
          const socket = await adapter.connect(`ws://127.0.0.1:${port}/`, {
            headers: { "X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on" },
          });
          socket.terminate();
          assert.deepEqual(seen, [`ws://127.0.0.1:${port}/`]);
        },
      );
    },
  },
  {
    name: "what is sent is not changed in the caller's memory",
    run: (adapter) =>
      withServer(adapter, {}, async (port, sockets) => {
        const socket = await adapter.connect(`ws://127.0.0.1:${port}/`);
        const small = Buffer.alloc(100, 1);
        const large = Buffer.alloc(100_000, 2);
        const sizes: number[] = [];
        await eventually(() => sockets.length > 0, "a socket");
        sockets[0]!.on("message", ({ data }) => {
          sizes.push((data as Uint8Array).length);
        });
        socket.send(small);
        socket.send(large);
        await eventually(() => sizes.length === 2, "both messages");
        assert.ok(small.equals(Buffer.alloc(100, 1)) && large.equals(Buffer.alloc(100_000, 2)));
      }),
  },
];

const together: readonly Case<SocketsAdapter>[] = [
  {
    name: "statics: constants, the client, isWebSocket, validateOptions",
    async run({ WebSocket, Client }) {
      assert.deepEqual(
        [WebSocket.CONNECTING, WebSocket.OPEN, WebSocket.CLOSING, WebSocket.CLOSED],
        [0, 1, 2, 3],
      );
      assert.equal(WebSocket.Client, Client);
      assert.ok(Client.prototype instanceof WebSocket);
      assert.equal(
        WebSocket.isWebSocket({
          method: "GET",
          headers: { connection: "keep-alive, Upgrade", upgrade: "WebSocket" },
        } as never),
        true,
      );
      assert.equal(WebSocket.isWebSocket({ method: "GET", headers: {} } as never), false);
      assert.throws(() => {
        (WebSocket as unknown as () => void)();
      }, TypeError);
    },
  },
  {
    name: "upgrade() opens on a server of one's own, reject() refuses on it",
    run: (adapter) =>
      withUpgrades(
        (request, socket, head) => {
          if (request.url === "/no")
            return adapter.reject(socket, {
              status: 401,
              headers: { "X-Why": "because" },
              body: "who?",
            });
          const ws = adapter.upgrade(request, socket, head, { protocols: ["chat"] });
          ws.on("message", ({ data }) => {
            ws.send(data);
          });
        },
        async (port) => {
          const socket = await adapter.connect(`ws://127.0.0.1:${port}/`, {
            protocols: ["soup", "chat"],
          });
          const answer = once(socket, "message");
          assert.equal(socket.protocol, "chat");
          socket.send("hé");
          assert.equal((await answer)[0].data, "hé");
          socket.terminate();
          await assert.rejects(
            adapter.connect(`ws://127.0.0.1:${port}/no`),
            ({
              status,
              headers,
              body,
            }: {
              status: number;
              headers: Record<string, string>;
              body: Buffer;
            }) => {
              assert.deepEqual(
                [status, headers["x-why"], body.toString()],
                [401, "because", "who?"],
              );
              return true;
            },
          );
        },
      ),
  },
  ...[undefined, { threshold: 0 }, { threshold: 0, serverNoContextTakeover: false }].map(
    (perMessageDeflate): Case<SocketsAdapter> => ({
      name: `broadcast() and prepare(), ${perMessageDeflate === undefined ? "plain" : `compressed by ${JSON.stringify(perMessageDeflate)}`}`,
      run: (adapter) =>
        withServer(adapter, { perMessageDeflate }, async (port, sockets) => {
          const clients = await Promise.all(
            [1, 2, 3].map(() =>
              adapter.connect(`ws://127.0.0.1:${port}/`, {
                perMessageDeflate: perMessageDeflate !== undefined,
              }),
            ),
          );
          await eventually(() => sockets.length === 3, "all sockets");
          const texts = clients.map((client) => once(client, "message"));
          assert.equal(adapter.broadcast(sockets, "hé".repeat(200)), 3);
          for (const [event] of await Promise.all(texts))
            assert.equal(event.data, "hé".repeat(200));
          const bytes = clients.map((client) => once(client, "message"));
          const prepared = adapter.prepare(Buffer.alloc(100_000, 1));
          for (const socket of sockets) socket.send(prepared);
          for (const [event] of await Promise.all(bytes))
            assert.ok(Buffer.from(event.data as Uint8Array).equals(Buffer.alloc(100_000, 1)));
        }),
    }),
  ),
  {
    name: "stop() tells all that it goes away, and waits for them",
    run: async (adapter) => {
      for (const by of ["serve", "listen"] as const) {
        const server = adapter[by]({ hostname: "127.0.0.1", websocket: {} });
        await server.ready;
        const clients = await Promise.all([1, 2, 3].map(() => adapter.connect(server.url)));
        const closes = clients.map((client) => once(client, "close"));
        await eventually(() => server.clients.size === 3, "all sockets");
        await server.stop();
        for (const [event] of await Promise.all(closes))
          assert.deepEqual([event.code, event.wasClean], [1001, true]);
        assert.equal(server.clients.size, 0);
        await assert.rejects(adapter.connect(server.url), { code: "ECONNREFUSED" });
      }
    },
  },
];

/** All of it. */
/** Measures the process, and so wants it for itself. */
export const bomb: Case<SocketsAdapter> = {
  name: "a bomb is refused while it inflates",
  run: (adapter) =>
    withPeer(
      adapter,
      { perMessageDeflate: true, maxMessageSize: 1_000_000 },
      { "Sec-WebSocket-Extensions": "permessage-deflate" },
      async (socket, peer) => {
        const bomb = zlib
          .deflateRawSync(Buffer.alloc(80_000_000), { finishFlush: zlib.constants.Z_SYNC_FLUSH })
          .subarray(0, -4);
        const closed = new Promise((resolve) => {
          socket
            .on("error", () => {})
            .on("close", ({ code }) => {
              resolve(code);
            });
        });
        const before = process.memoryUsage().rss;
        peer.send({ opcode: BINARY, rsv: 4, payload: bomb });
        await peer.whenEnded();
        peer.end();
        assert.equal(await closed, 1009);
        assert.ok(process.memoryUsage().rss - before < 64_000_000);
      },
    ),
};

export const socketCases: readonly Case<SocketsAdapter>[] = [...together, ...origins, ...history];
