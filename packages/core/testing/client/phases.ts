/** Every phase of an opening, given up in every way: by the time that is set, by a signal, by `close()`. Nothing stays behind. */
import assert from "node:assert/strict";
import http2 from "node:http2";
import net from "node:net";
import tls from "node:tls";
import { type Options, TRUST, type Way } from "./way.ts";
import type { Adapter } from "../harness/harnesses.ts";
import { startProxy } from "./proxy-server.ts";
import { certificate } from "../harness/raw-streams.ts";

/** A client that gets no further. */
interface Stuck {
  readonly url: string;
  readonly options: Options;
  /** The connections that the server has, or none at all for a client that made none. */
  readonly sockets: Set<net.Socket>;
  /** The phase that it waits for, as far as known. */
  readonly waitsFor?: RegExp;
  stop(): unknown;
}

interface Phase {
  readonly name: string;
  start(): Promise<Stuck>;
  /** It makes no connection that could be seen. */
  readonly unseen?: true;
}

const NO_ANSWER =
  /^wss?:.*took longer than 200 ms: the other side has not answered the opening request$/;
const NO_TLS = /took longer than 200 ms: the other side has not agreed on TLS; does it speak it\?$/;
const NO_SESSION = /took longer than 200 ms: there is no session of HTTP\/2 yet; /;

/** A server of the test's own, and the connections it has. */
async function listening(
  server: net.Server,
): Promise<{ port: number; sockets: Set<net.Socket>; stop(): void }> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(
      socket
        .on("error", () => {})
        .on("close", () => {
          sockets.delete(socket);
        }),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const stop = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: (server.address() as net.AddressInfo).port, sockets, stop };
}

/** One that reads, and says nothing. */
const silent = (): ReturnType<typeof listening> =>
  listening(
    net.createServer((socket) => {
      socket.resume();
    }),
  );

async function toSilence(scheme: "ws" | "wss", options: Options, waitsFor: RegExp): Promise<Stuck> {
  const { port, sockets, stop } = await silent();
  return { url: `${scheme}://127.0.0.1:${port}/`, options, sockets, waitsFor, stop };
}

const phases: readonly Phase[] = [
  {
    name: "the name is looked up",
    unseen: true,
    start: async () => ({
      url: "ws://slow.example/",
      options: { net: { lookup: () => {} } },
      sockets: new Set(),
      stop: () => {},
    }),
  },
  { name: "the server says nothing", start: () => toSilence("ws", {}, NO_ANSWER) },
  { name: "the server does not speak TLS", start: () => toSilence("wss", TRUST, NO_TLS) },
  {
    name: "the connection is still to be made, by createConnection",
    unseen: true,
    start: async () => ({
      url: "ws://127.0.0.1:1/",
      options: { createConnection: () => new Promise<never>(() => {}) },
      sockets: new Set(),
      waitsFor: /createConnection has made no connection yet$/,
      stop: () => {},
    }),
  },
  {
    name: "the proxy says nothing",
    start: async () => {
      const { port, sockets, stop } = await silent();
      return {
        url: "ws://example.invalid/",
        options: { proxy: { origin: `http://127.0.0.1:${port}` } },
        sockets,
        waitsFor: /the proxy http:\S+ has made no tunnel yet$/,
        stop,
      };
    },
  },
  {
    name: "the proxy does not speak TLS",
    start: async () => {
      const { port, sockets, stop } = await silent();
      return {
        url: "ws://example.invalid/",
        options: { proxy: { origin: `https://127.0.0.1:${port}` } },
        sockets,
        waitsFor: /the proxy https:\S+ has made no tunnel yet$/,
        stop,
      };
    },
  },
  {
    name: "the server behind the proxy does not speak TLS",
    start: async () => {
      const { port, sockets, stop } = await silent();
      const proxy = await startProxy();
      return {
        url: `wss://127.0.0.1:${port}/`,
        options: { ...TRUST, proxy: { origin: proxy.origin } },
        sockets,
        waitsFor: NO_TLS,
        stop: () => {
          stop();
          return proxy.stop();
        },
      };
    },
  },
  {
    name: "the server behind a redirect says nothing",
    start: async () => {
      const there = await silent();
      const here = await listening(
        net.createServer((socket) => {
          socket.once("data", () =>
            socket.end(
              `HTTP/1.1 302 x\r\nLocation: ws://127.0.0.1:${there.port}/\r\nContent-Length: 0\r\n\r\n`,
            ),
          );
        }),
      );
      return {
        url: `ws://127.0.0.1:${here.port}/`,
        options: { followRedirects: true },
        sockets: there.sockets,
        waitsFor: NO_ANSWER,
        stop: () => {
          here.stop();
          there.stop();
        },
      };
    },
  },
  {
    name: "the server does not agree on HTTP/2, in the clear",
    start: () => toSilence("ws", { http2: true }, NO_SESSION),
  },
  {
    name: "the server does not agree on HTTP/2, by TLS",
    start: () => toSilence("wss", { ...TRUST, http2: true }, NO_SESSION),
  },
  ...[false, true].map((secure): Phase => ({
    name: `the server answers no stream of HTTP/2, ${secure ? "by TLS" : "in the clear"}`,
    start: async () => {
      const settings = { enableConnectProtocol: true };
      const server = secure
        ? http2.createSecureServer({ ...certificate, settings })
        : http2.createServer({ settings });
      const streams = new Set<http2.ServerHttp2Stream>();
      server.on("stream", (stream: http2.ServerHttp2Stream) => {
        streams.add(
          stream
            .on("error", () => {})
            .on("close", () => {
              streams.delete(stream);
            }),
        );
      });
      const { port, stop } = await listening(server as unknown as net.Server);
      return {
        url: `${secure ? "wss" : "ws"}://127.0.0.1:${port}/`,
        options: { ...TRUST, http2: true },
        sockets: streams as Set<never>,
        waitsFor: NO_ANSWER,
        stop,
      };
    },
  })),
];

/** Waits until `isSo`, a second at most. */
async function until(isSo: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 1000; !isSo();) {
    assert.ok(Date.now() < end, what);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

async function byTime(adapter: Adapter, { url, options, waitsFor }: Stuck): Promise<void> {
  const error = await adapter.connect(url, { ...options, handshakeTimeout: 200 }).then(
    () => {
      throw new Error("it opened");
    },
    (reason: unknown) => reason as { code: string; message: string },
  );
  assert.equal(error.code, "handshake-timeout");
  if (waitsFor !== undefined) assert.match(error.message, waitsFor);
}

/** The signal aborts once the server has the connection. */
async function bySignal(
  adapter: Adapter,
  { url, options, sockets }: Stuck,
  unseen: boolean,
): Promise<void> {
  const controller = new AbortController();
  const reason = new Error("changed my mind");
  const connecting = adapter.connect(url, { ...options, signal: controller.signal }).then(
    () => {
      throw new Error("it opened");
    },
    (error: unknown) => error,
  );
  await reached(sockets, unseen);
  controller.abort(reason);
  assert.equal(await connecting, reason);
}

async function byClose(
  adapter: Adapter,
  { url, options, sockets }: Stuck,
  unseen: boolean,
): Promise<void> {
  const client = new adapter.Client(url, null, options);
  const told: unknown[] = [];
  client.on("error", ({ message }) => {
    told.push(message);
  });
  client.on("close", ({ code, reason }) => {
    told.push([code, reason]);
  });
  await reached(sockets, unseen);
  client.close(3000, "no more");
  await until(() => told.length > 0, "no close was told");
  assert.deepEqual(told, [[3000, "no more"]]);
}

async function reached(sockets: Set<unknown>, unseen: boolean): Promise<void> {
  if (unseen)
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  else await until(() => sockets.size > 0, "the client did not come so far");
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  }); // and no further
}

const phaseWays: readonly Way[] = phases.map(({ name, start, unseen = false }) => ({
  name: `given up while ${name}`,
  run: async (adapter) => {
    const stuck = await start();
    try {
      for (const giveUp of [byTime, bySignal, byClose]) {
        await giveUp(adapter, stuck, unseen);
        await until(() => stuck.sockets.size === 0, `its connection stayed: ${giveUp.name}`);
      }
    } finally {
      await stuck.stop();
    }
  },
}));

const none: readonly Way[] = [
  {
    name: "given up before it began: nothing is dialled",
    run: async (adapter) => {
      const { port, sockets, stop } = await silent();
      const signal = AbortSignal.abort(new Error("never"));
      const url = `ws://127.0.0.1:${port}/`;
      await assert.rejects(adapter.connect(url, { signal }), /never/);
      assert.throws(() => new adapter.Client(url, null, { signal }), /never/);
      await new Promise((resolve) => {
        setTimeout(resolve, 30);
      });
      assert.equal(sockets.size, 0);
      stop();
    },
  },
  {
    name: "a signal that aborts once the socket is open says nothing any more",
    run: async (adapter) => {
      const server = adapter.serve({
        hostname: "127.0.0.1",
        websocket: {
          message: (socket, data) => {
            socket.send(data);
          },
        },
      });
      await server.ready;
      const controller = new AbortController();
      const socket = await adapter.connect(server.url, { signal: controller.signal });
      const client = new adapter.Client(server.url, null, { signal: controller.signal });
      await client.opened;
      controller.abort();
      for (const one of [socket, client]) {
        const heard = new Promise((resolve) => {
          one.on("message", ({ data }) => {
            resolve(data);
          });
        });
        one.send("still here");
        assert.equal(await heard, "still here");
      }
      await server.stop({ force: true });
    },
  },
  {
    name: "a connection that comes when nobody wants it any more is dropped",
    run: async (adapter) => {
      const { port, sockets, stop } = await silent();
      let deliver = (): void => {};
      let made: net.Socket | undefined;
      const client = new adapter.Client(`ws://127.0.0.1:${port}/`, null, {
        createConnection: () =>
          new Promise((resolve) => {
            deliver = () => {
              made = net.connect(port, "127.0.0.1", () => {
                resolve(made!);
              });
            };
          }),
      });
      client.terminate();
      deliver();
      await until(() => made!.destroyed, "it stayed");
      await until(() => sockets.size === 0, "it was not closed");
      stop();
    },
  },
  {
    name: "a server that breaks TLS once the socket is open: close 1006, and nothing else",
    run: async (adapter) => {
      const beneath: net.Socket[] = [];
      const server = adapter.serve({ hostname: "127.0.0.1", tls: certificate, websocket: {} });
      await server.ready;
      const relay = await listening(
        net.createServer((socket) => {
          beneath.push(socket);
          const far = net.connect(server.port, "127.0.0.1").on("error", () => {});
          socket.pipe(far).pipe(socket);
        }),
      );
      const client = await adapter.connect(`wss://127.0.0.1:${relay.port}/`, TRUST);
      const closed = client.closed;
      beneath[0]!.write(Buffer.concat([Buffer.from([0x17, 3, 3, 0, 32]), Buffer.alloc(32)]));
      assert.equal((await closed).code, 1006);
      relay.stop();
      await server.stop({ force: true });
    },
  },
  {
    name: "a client that breaks TLS once the socket is open: close 1006, and nothing else",
    run: async (adapter) => {
      const told: unknown[] = [];
      const server = adapter.listen({
        hostname: "127.0.0.1",
        tls: certificate,
        websocket: {
          close: (_, code) => {
            told.push(code);
          },
        },
      });
      await server.ready;
      const relay = await listening(
        net.createServer((socket) => {
          const far = net.connect(server.port, "127.0.0.1").on("error", () => {});
          socket.pipe(far).pipe(socket);
          breakIt = () => {
            far.write(Buffer.concat([Buffer.from([0x17, 3, 3, 0, 32]), Buffer.alloc(32)]));
          };
        }),
      );
      let breakIt = (): void => {};
      const client = tls
        .connect({ port: relay.port, host: "127.0.0.1", ca: TRUST.ca })
        .on("error", () => {});
      client.write(
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      );
      await new Promise((resolve) => {
        client.once("data", resolve);
      });
      breakIt();
      await until(() => told.length > 0, "no close was told");
      assert.deepEqual(told, [1006]);
      relay.stop();
      await server.stop({ force: true });
    },
  },
];

export const givingUp: readonly Way[] = [...phaseWays, ...none];
