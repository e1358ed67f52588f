/** Sentences of the guide to HTTP/2. A suite that every adapter runs. */
import assert from "node:assert/strict";
import http2 from "node:http2";
import type net from "node:net";
import type { WebSocket } from "../../src/shell/index.ts";
import { eventually, pass, within } from "../../src/testing/assertion.ts";
import { authority, certificate } from "../harness/raw-streams.ts";
import { beside, messagesOf, type Sentence } from "./sentence.ts";

/** Opens a session of the caller's own. */
async function withSession(
  port: number,
  use: (session: http2.ClientHttp2Session) => Promise<void>,
): Promise<void> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  await new Promise((resolve) => session.once("remoteSettings", resolve));
  try {
    await use(session);
  } finally {
    session.destroy();
  }
}

/** Fetches a page over a session: its status and its text. */
const pageOf = (session: http2.ClientHttp2Session, path: string): Promise<readonly unknown[]> =>
  new Promise((resolve, reject) => {
    let text = "";
    let status: unknown;
    session
      .request({ ":path": path })
      .on("response", (fields) => void (status = fields[":status"]))
      .setEncoding("utf8")
      .on("data", (part: string) => void (text += part))
      .on("error", reject)
      .on("end", () => {
        resolve([status, text]);
      });
  });

const servers: readonly Sentence[] = [
  {
    name: "HTTP/2: both versions on one port get the same fetch and the same handlers, by TLS",
    run: async (adapter) => {
      const websocket = { open: (socket: WebSocket) => void socket.send(socket.url) };
      const options = { tls: certificate, http2: true, websocket };
      await beside(adapter, "serve", options, async ({ url }) => {
        for (const [by2, status] of [
          [true, 200],
          [false, 101],
        ] as const) {
          const socket = await adapter.connect(url, { http2: by2, ca: authority });
          assert.equal(socket.statusCode, status);
          assert.deepEqual(await messagesOf(socket, 1), [url]);
          socket.terminate();
        }
      });
    },
  },
  {
    name: "HTTP/2: pages, events and sockets share a session; without fetch, an ordinary request is told so",
    run: async (adapter) => {
      const websocket = { open: (socket: WebSocket) => void socket.send("hi") };
      const fetch = (request: Request): Response => {
        if (!request.url.endsWith("/events")) return new Response(`page ${request.method}`);
        const { response, source } = adapter.eventSource(request);
        source.end("an event");
        return response;
      };
      await beside(adapter, "serve", { http2: true, websocket, fetch }, ({ port, url }) =>
        withSession(port, async (session) => {
          const socket = await adapter.connect(url, { session });
          assert.deepEqual(await pageOf(session, "/"), [200, "page GET"]);
          assert.match(String((await pageOf(session, "/events"))[1]), /data: an event/);
          assert.deepEqual(await messagesOf(socket, 1), ["hi"]);
          socket.terminate();
        }),
      );
      await beside(adapter, "serve", { http2: true }, ({ port }) =>
        withSession(port, async (session) => {
          assert.equal((await pageOf(session, "/"))[0], 405);
        }),
      );
    },
  },
  {
    name: "HTTP/2: upgrade takes the options of HTTP/1.1 on a server of one's own, and reject refuses",
    run: async (adapter) => {
      const server = http2.createServer({ settings: { enableConnectProtocol: true } });
      server.on("connect", () => {});
      server.on("stream", (stream, headers) => {
        if (headers[":path"] === "/no")
          return adapter.reject(stream, { status: 401, body: "who?" });
        const socket = adapter.upgrade(stream, headers, {
          protocols: ["chat"],
          upgrade: async ({ cookies }) => {
            await pass(5);
            return cookies["user"] === undefined ? false : { context: cookies["user"] };
          },
        });
        socket.on("error", () => {});
        socket.on("open", () => {
          socket.send(`${socket.context} ${socket.remoteAddress} ${socket.request?.target}`);
        });
      });
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      try {
        const { port } = server.address() as net.AddressInfo;
        await withSession(port, async (session) => {
          const url = `ws://127.0.0.1:${port}`;
          const socket = await adapter.connect(`${url}/a?b`, {
            session,
            protocols: ["x", "chat"],
            headers: { Cookie: "user=ann" },
          });
          assert.equal(socket.protocol, "chat");
          assert.deepEqual(await messagesOf(socket, 1), ["ann 127.0.0.1 /a?b"]);
          await assert.rejects(adapter.connect(`${url}/no`, { session }), { status: 401 });
          await assert.rejects(adapter.connect(`${url}/`, { session }), { status: 403 });
          assert.equal(session.destroyed, false);
          socket.terminate();
        });
      } finally {
        server.close();
      }
    },
  },
];

const streams: readonly Sentence[] = [
  {
    name: "HTTP/2: a socket that the application does not read holds up itself alone",
    run: async (adapter) => {
      const websocket: Parameters<typeof adapter.serve>[0]["websocket"] = {
        open: (socket) => {
          if (socket.request?.target === "/unread") socket.pause();
        },
        message: (socket, data) => void socket.send(data),
      };
      await beside(adapter, "serve", { http2: true, websocket }, ({ port, url }) =>
        withSession(port, async (session) => {
          const unread = await adapter.connect(`${url}unread`, { session });
          // Bun 1.4 as a client holds up all streams of the session: findings/bun-http2-client-holds-up-all-streams.sh.
          const own = "Bun" in globalThis ? { http2: true } : { session };
          const other = await adapter.connect(url, own);
          for (let at = 0; at < 64; at++) unread.send(new Uint8Array(65_536));
          await pass(50);
          assert.ok(unread.bufferedAmount > 0, "all of it has left, though nobody reads");
          for (let at = 0; at < 20; at++) {
            other.send(`${at} ${"x".repeat(10_000)}`);
            const [echo] = await within(messagesOf(other, 1), `echo ${at}`);
            assert.equal(String(echo).split(" ")[0], String(at));
          }
          unread.terminate();
          other.terminate();
        }),
      );
    },
  },
  {
    name: "HTTP/2: terminate() ends the stream alone, and the session lives on",
    run: (adapter) =>
      beside(adapter, "serve", { http2: true }, ({ port, url, clients }) =>
        withSession(port, async (session) => {
          const one = await adapter.connect(url, { session });
          await eventually(() => clients.size === 1, "the server's socket");
          const closed = [...clients][0]!.closed;
          one.terminate();
          assert.equal((await within(closed, "the server's close")).code, 1006);
          const two = await adapter.connect(url, { session });
          await eventually(() => clients.size === 1, "the next socket");
          const lost = two.closed;
          [...clients][0]!.terminate();
          assert.equal((await within(lost, "the client's close")).code, 1006);
          assert.equal(session.destroyed, false);
          (await adapter.connect(url, { session })).terminate();
        }),
      ),
  },
  {
    name: "HTTP/2: stop() closes all with 1001, and the session ends with the last of them",
    run: async (adapter) => {
      const server = adapter.serve({ hostname: "127.0.0.1", http2: true, websocket: {} });
      await server.ready;
      await withSession(server.port, async (session) => {
        const ended = new Promise((resolve) => session.once("close", resolve));
        const sockets = await Promise.all(
          [1, 2].map(() => adapter.connect(server.url, { session })),
        );
        for (const socket of sockets) socket.resume();
        const closes = Promise.all(sockets.map(({ closed }) => closed));
        await within(server.stop(), "the stop");
        assert.deepEqual(
          (await within(closes, "the closes")).map(({ code, wasClean }) => [code, wasClean]),
          Array(2).fill([1001, true]),
        );
        await within(ended, "the end of the session");
      });
    },
  },
  {
    name: "HTTP/2: sockets with the same options share a session, and the client closes it by itself",
    run: async (adapter) => {
      const addresses = new Set<unknown>();
      const sessions = new Set<http2.ServerHttp2Session>();
      const server = http2.createServer({ settings: { enableConnectProtocol: true } });
      server.on("session", (session) => {
        sessions.add(session);
        session.once("close", () => sessions.delete(session));
      });
      server.on("connect", () => {});
      server.on("stream", (stream, headers) => {
        addresses.add(stream.session);
        adapter.upgrade(stream, headers).resume();
      });
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      const { port } = server.address() as net.AddressInfo;
      const url = `ws://127.0.0.1:${port}/`;
      const sockets = await Promise.all([1, 2, 3].map(() => adapter.connect(url, { http2: true })));
      assert.equal(addresses.size, 1);
      for (const socket of sockets) socket.close();
      await Promise.all(sockets.map(({ closed }) => within(closed, "a close")));
      assert.equal(sessions.size, 1);
      await eventually(() => sessions.size === 0, "the end of the session");
      server.close();
    },
  },
  {
    name: "HTTP/2: http2 excludes proxy, socket, createConnection and dispatcher",
    run: async (adapter) => {
      const others = {
        proxy: { origin: "http://127.0.0.1:9" },
        socket: { on() {}, write() {}, pause() {} },
        createConnection: () => undefined,
        dispatcher: { dispatch() {} },
      };
      for (const [name, value] of Object.entries(others))
        await assert.rejects(
          adapter.connect("ws://127.0.0.1:9/", { http2: true, [name]: value } as object),
          { name: "UsageError", message: new RegExp(name) },
        );
    },
  },
];

export const http2Sentences: readonly Sentence[] = [...servers, ...streams];
