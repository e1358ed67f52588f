/** Checks each name in `docs/migrating-from-ws.md`: `ws` and this library, side by side, do the same. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import {
  broadcast,
  type Client,
  connect,
  ConnectError,
  listen,
  reject,
  serve,
  type ServeOptions,
  type SocketServer,
  upgrade,
  type WebSocket,
} from "@sansocket/node-adapter";
import { afterEach, describe, expect, test } from "vitest";
import { createWebSocketStream, WebSocket as Ws, WebSocketServer } from "ws";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

type WsOptions = ConstructorParameters<typeof WebSocketServer>[0];

/** A server of `ws`. */
async function theirs(options: WsOptions = {}): Promise<{ wss: WebSocketServer; url: string }> {
  const wss = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  cleanups.push(() => {
    for (const client of wss.clients) client.terminate();
    wss.close();
  });
  await new Promise((resolve) => wss.once("listening", resolve));
  return { wss, url: `ws://127.0.0.1:${(wss.address() as AddressInfo).port}/` };
}

/** A server of ours. */
async function ours(options: Partial<ServeOptions> = {}): Promise<SocketServer> {
  const server = serve({ hostname: "127.0.0.1", websocket: {}, ...options });
  cleanups.push(() => server.stop({ force: true }));
  await server.ready;
  return server;
}

/** An HTTP server that somebody has already. */
async function existing(prepare: (server: Server) => void): Promise<string> {
  const server = createServer();
  prepare(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** The echoes and the negotiated values that a client of `ws` gets from a server, or its close code or error. */
function hears(
  url: string,
  {
    says = ["text", Buffer.from([1, 2])],
    protocols = [],
    headers = {},
  }: { says?: unknown[]; protocols?: string[]; headers?: Record<string, string> } = {},
): Promise<unknown> {
  return new Promise((resolve) => {
    const ws = new Ws(url, protocols, { headers });
    const heard: unknown[] = [];
    const end = (): void => {
      ws.close();
      resolve({ heard, protocol: ws.protocol, extensions: ws.extensions });
    };
    ws.on("open", () => {
      for (const data of says) ws.send(data as string);
      if (says.length === 0) end();
    });
    ws.on("message", (data, isBinary) => {
      heard.push(isBinary ? [...(data as Buffer)] : String(data));
      if (heard.length === says.length) end();
    });
    ws.on("close", (code) => resolve({ code, heard }));
    ws.on("error", (error) => resolve(error.message));
  });
}

const echoWs = (ws: Ws): void => {
  ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary }));
};

type Emitted = any;
const once = (
  target: { once: (name: never, listener: (...args: Emitted[]) => void) => unknown },
  name: string,
): Promise<Emitted[]> =>
  new Promise((resolve) => {
    target.once(name as never, (...args) => resolve(args));
  });
const client = async (url: string): Promise<Client> => {
  const socket = await connect(url);
  cleanups.push(() => socket.terminate());
  return socket;
};
const wsClient = async (url: string): Promise<Ws> => {
  const ws = new Ws(url);
  cleanups.push(() => ws.terminate());
  await once(ws, "open");
  return ws;
};
/** Our server, its one socket, and a client of theirs. */
async function pair(): Promise<{ server: SocketServer; socket: WebSocket; peer: Ws }> {
  let opened!: (socket: WebSocket) => void;
  const open = new Promise<WebSocket>((resolve) => {
    opened = resolve;
  });
  const server = await ours({ websocket: { open: (socket) => opened(socket) } });
  const peer = await wsClient(server.url);
  return { server, socket: await open, peer };
}
async function wsPair(): Promise<{ wss: WebSocketServer; socket: Ws; peer: Ws }> {
  const { wss, url } = await theirs();
  const connected = once(wss, "connection");
  const peer = await wsClient(url);
  return { wss, socket: (await connected)[0] as Ws, peer };
}

/** A client that has died: it answers no ping. */
function silent(url: string): void {
  const ws = new Ws(url, { autoPong: false });
  cleanups.push(() => ws.terminate());
}

/** Each row of the table: what `ws` does, and what is written here in its place. */
const rows: Record<string, [theirs: () => Promise<unknown>, ours: () => Promise<unknown>]> = {
  "`new WebSocketServer({ port, host })`": [
    async () => {
      const { wss, url } = await theirs();
      wss.on("connection", echoWs);
      return hears(url);
    },
    async () => {
      const server = listen({
        port: 0,
        hostname: "127.0.0.1",
        websocket: { message: (socket, data) => socket.send(data) },
      });
      cleanups.push(() => server.stop({ force: true }));
      await server.ready;
      return hears(server.url);
    },
  ],
  '`wss.on("connection", (ws, request) => …)`': [
    async () => {
      const { wss, url } = await theirs();
      wss.on("connection", (ws, request) => ws.send(request.url!));
      return hears(`${url}path`, { says: ["a"] });
    },
    async () =>
      hears(
        `${(await ours({ websocket: { open: (socket) => socket.send(new URL(socket.url).pathname) } })).url}path`,
        { says: ["a"] },
      ),
  ],
  '`ws.on("message", (data, isBinary) => …)`': [
    async () => {
      const { wss, url } = await theirs();
      wss.on("connection", echoWs);
      return hears(url);
    },
    async () =>
      hears(
        (
          await ours({
            websocket: {
              open: (socket) => {
                socket.on("message", (event) =>
                  socket.send(event.isBinary ? event.data : String(event.data)),
                );
              },
            },
          })
        ).url,
      ),
  ],
  "`new WebSocketServer({ server })`": [
    () =>
      existing((server) => {
        new WebSocketServer({ server }).on("connection", echoWs);
      }).then(hears),
    () =>
      existing((server) => {
        server.on("upgrade", (request, socket, head) => {
          const ws = upgrade(request, socket, head);
          ws.on("message", (event) => ws.send(event));
        });
      }).then(hears),
  ],
  "`noServer: true`, `wss.handleUpgrade(request, socket, head, callback)`": [
    () =>
      existing((server) => {
        const wss = new WebSocketServer({ noServer: true });
        server.on("upgrade", (request, socket, head) => {
          wss.handleUpgrade(request, socket, head, echoWs);
        });
      }).then(hears),
    () =>
      existing((server) => {
        server.on("upgrade", (request, socket, head) => {
          const ws = upgrade(request, socket, head);
          ws.on("message", (event) => ws.send(event));
        });
      }).then(hears),
  ],
  "`verifyClient`": [
    async () =>
      hears(
        (
          await theirs({
            verifyClient: (_info, done) => {
              done(false, 401);
            },
          })
        ).url,
      ),
    async () => hears((await ours({ websocket: { upgrade: async () => ({ status: 401 }) } })).url),
  ],
  '`socket.end("HTTP/1.1 401 …")`': [
    () =>
      existing((server) => {
        server.on("upgrade", (_, socket) => {
          socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        });
      }).then(hears),
    () =>
      existing((server) => {
        server.on("upgrade", (_, socket) => {
          reject(socket, { status: 401 });
        });
      }).then(hears),
  ],
  "`handleProtocols`": [
    async () =>
      hears(
        (await theirs({ handleProtocols: (protocols) => protocols.has("chat") && "chat" })).url,
        { says: [], protocols: ["chess", "chat"] },
      ),
    async () =>
      hears((await ours({ protocols: ["chat"] })).url, { says: [], protocols: ["chess", "chat"] }),
  ],
  "`path`": [
    async () => {
      const { wss, url } = await theirs({ path: "/chat" });
      wss.on("connection", echoWs);
      return [await hears(`${url}chat`), typeof (await hears(url))];
    },
    async () => {
      const { url } = await ours({
        path: "/chat",
        websocket: { message: (socket, data) => socket.send(data) },
      });
      return [await hears(url), typeof (await hears(new URL("/", url).href))];
    },
  ],
  "`maxPayload`": [
    async () => {
      const { wss, url } = await theirs({ maxPayload: 3 });
      wss.on("connection", (ws) => {
        ws.on("error", () => {});
        echoWs(ws);
      });
      return hears(url, { says: ["four"] });
    },
    async () =>
      hears(
        (
          await ours({
            maxMessageSize: 3,
            websocket: { message: (socket, data) => socket.send(data) },
          })
        ).url,
        { says: ["four"] },
      ),
  ],
  "`perMessageDeflate`": [
    async () =>
      hears(
        (
          await theirs({
            perMessageDeflate: {
              serverNoContextTakeover: true,
              clientNoContextTakeover: true,
              threshold: 256,
            },
          })
        ).url,
        { says: [] },
      ),
    async () =>
      hears(
        (
          await ours({
            perMessageDeflate: {
              serverNoContextTakeover: true,
              clientNoContextTakeover: true,
              threshold: 256,
            },
          })
        ).url,
        { says: [] },
      ),
  ],
  "`wss.clients`": [
    async () => {
      const { wss } = await wsPair();
      let seen = 0;
      wss.clients.forEach(() => {
        seen++;
      });
      return [
        wss.clients.size,
        [...wss.clients].length,
        seen,
        wss.clients.has([...wss.clients][0]!),
      ];
    },
    async () => {
      const { server } = await pair();
      let seen = 0;
      server.clients.forEach(() => {
        seen++;
      });
      return [
        server.clients.size,
        [...server.clients].length,
        seen,
        server.clients.has([...server.clients][0]!),
      ];
    },
  ],
  "`for (const client of wss.clients) if (client.readyState === WebSocket.OPEN) client.send(data)`":
    [
      async () => {
        const { wss, peer } = await wsPair();
        const heard = once(peer, "message");
        for (const one of wss.clients) if (one.readyState === Ws.OPEN) one.send("all");
        return String((await heard)[0]);
      },
      async () => {
        const { server, peer } = await pair();
        const heard = once(peer, "message");
        broadcast(server.clients, "all");
        return String((await heard)[0]);
      },
    ],
  '`ws.ping(data)`, `ws.on("pong", (data) => …)`': [
    async () => {
      const { socket } = await wsPair();
      const pong = once(socket, "pong");
      socket.ping("mark");
      return String((await pong)[0]);
    },
    async () => {
      const { socket } = await pair();
      return new Promise((resolve) => {
        socket.ping("mark", () => resolve("mark"));
      });
    },
  ],
  "`isAlive`, `setInterval(…)`": [
    async () => {
      const { wss, url } = await theirs();
      const connected = once(wss, "connection");
      silent(url);
      const ws = (await connected)[0] as Ws & { isAlive: boolean };
      ws.isAlive = true;
      ws.on("pong", () => {
        ws.isAlive = true;
      });
      const timer = setInterval(() => {
        if (!ws.isAlive) return ws.terminate();
        ws.isAlive = false;
        ws.ping();
      }, 30);
      cleanups.push(() => clearInterval(timer));
      return (await once(ws, "close"))[0];
    },
    async () => {
      const code = new Promise((resolve) => {
        void ours({
          pingInterval: 30,
          pongTimeout: 30,
          websocket: { close: (_, given) => resolve(given) },
        }).then(({ url }) => silent(url));
      });
      return await code;
    },
  ],
  "`ws.terminate()`": [
    async () => {
      const { socket, peer } = await wsPair();
      const closed = once(peer, "close");
      socket.terminate();
      return (await closed)[0];
    },
    async () => {
      const { socket, peer } = await pair();
      const closed = once(peer, "close");
      socket.terminate();
      return (await closed)[0];
    },
  ],
  '`ws.on("close", (code, reason) => …)`': [
    async () => {
      const { socket, peer } = await wsPair();
      const closed = once(socket, "close");
      peer.close(3001, "bye");
      const [code, reason] = await closed;
      return [code, String(reason)];
    },
    async () => {
      const { socket, peer } = await pair();
      const closed = once(socket, "close");
      peer.close(3001, "bye");
      const [{ code, reason }] = await closed;
      return [code, reason];
    },
  ],
  "`ws.pause()`, `ws.resume()`, `ws.bufferedAmount`, `ws.readyState`, `ws.protocol`, `ws.extensions`, `ws.url`":
    [
      async () => {
        const { url } = await theirs();
        const ws = await wsClient(url);
        ws.pause();
        ws.resume();
        return [
          ws.bufferedAmount,
          ws.readyState,
          ws.protocol,
          ws.extensions,
          new URL(ws.url).pathname,
        ];
      },
      async () => {
        const { url } = await theirs({ perMessageDeflate: false });
        const ws = await client(url);
        ws.pause();
        ws.resume();
        return [
          ws.bufferedAmount,
          ws.readyState,
          ws.protocol,
          ws.extensions,
          new URL(ws.url).pathname,
        ];
      },
    ],
  "`createWebSocketStream(ws)`": [
    async () => {
      const { socket, peer } = await wsPair();
      const heard = once(peer, "message");
      createWebSocketStream(socket, { encoding: "utf8", decodeStrings: false }).write("by stream");
      return String((await heard)[0]);
    },
    async () => {
      const { socket, peer } = await pair();
      const heard = once(peer, "message");
      Duplex.fromWeb(socket.stream() as Parameters<typeof Duplex.fromWeb>[0], {
        encoding: "utf8",
        decodeStrings: false,
      })
        .on("error", () => {})
        .write("by stream");
      return String((await heard)[0]);
    },
  ],
  "`new WebSocket(url, protocols, { headers, origin, handshakeTimeout })`": [
    async () => {
      const { wss, url } = await theirs();
      const asked = once(wss, "connection");
      const ws = new Ws(url, {
        headers: { "X-A": "b" },
        origin: "https://a.example",
        handshakeTimeout: 500,
      });
      ws.on("open", () => ws.terminate());
      const { headers } = (await asked)[1];
      return [headers["x-a"], headers.origin];
    },
    async () => {
      const { wss, url } = await theirs();
      const asked = once(wss, "connection");
      const socket = await connect(url, {
        headers: { "X-A": "b" },
        origin: "https://a.example",
        handshakeTimeout: 500,
      });
      cleanups.push(() => socket.terminate());
      const { headers } = (await asked)[1];
      return [headers["x-a"], headers.origin];
    },
  ],
  "`followRedirects`, `maxRedirects`": [
    async () => {
      const { url } = await theirs();
      const from = await existing((server) => {
        server.on("upgrade", (_, socket) => {
          socket.end(`HTTP/1.1 302 Found\r\nLocation: ${url}\r\n\r\n`);
        });
      });
      const ws = new Ws(from, { followRedirects: true, maxRedirects: 1 });
      await once(ws, "open");
      ws.terminate();
      return true;
    },
    async () => {
      const { url } = await theirs();
      const from = await existing((server) => {
        server.on("upgrade", (_, socket) => {
          socket.end(`HTTP/1.1 302 Found\r\nLocation: ${url}\r\n\r\n`);
        });
      });
      const ws = await connect(from, { followRedirects: { max: 1 } });
      ws.terminate();
      return true;
    },
  ],
  '`ws.on("unexpected-response", (request, response) => …)`': [
    async () => {
      const { url } = await theirs({
        verifyClient: (_info, done) => {
          done(false, 403);
        },
      });
      const ws = new Ws(url);
      const refused = once(ws, "unexpected-response");
      ws.on("error", () => {});
      const [request, response] = await refused;
      request.destroy();
      return response.statusCode;
    },
    async () => {
      const { url } = await theirs({
        verifyClient: (_info, done) => {
          done(false, 403);
        },
      });
      return connect(url).catch((error: unknown) => error instanceof ConnectError && error.status);
    },
  ],
  "`wss.close()`, and `client.close()` of each": [
    async () => {
      const { wss, peer } = await wsPair();
      const closed = once(peer, "close");
      wss.close();
      for (const one of wss.clients) one.close(1001);
      return (await closed)[0];
    },
    async () => {
      const { server, peer } = await pair();
      const closed = once(peer, "close");
      await server.stop();
      return (await closed)[0];
    },
  ],
};

describe("the table says of ws", () => {
  const page = readFileSync(
    fileURLToPath(new URL("../../docs/migrating-from-ws.md", import.meta.url)),
    "utf8",
  );
  const told = page
    .slice(page.indexOf("| ws | here |"))
    .split("\n\n")[0]!
    .split("\n")
    .slice(2)
    .map((line) => line.split(/(?<!\\)\|/)[1]!.trim());
  test("what is tested here, row by row", () => expect(told).toEqual(Object.keys(rows)));
  test.each(Object.entries(rows))("%s", async (_, [they, we]) =>
    expect(await we()).toEqual(await they()),
  );
});
