import { once } from "node:events";
import type http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  connect,
  reject,
  serve,
  type ServeOptions,
  type SocketServer,
  upgrade,
  WebSocket,
} from "../../src/index.ts";
import { authority, localhost } from "../fixtures/certificates.ts";
import { ask, openStream, sessionTo } from "./session.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Served {
  readonly server: SocketServer;
  readonly session: http2.ClientHttp2Session;
  /** The events that the application received. */
  readonly told: unknown[];
}

async function start(options: Partial<ServeOptions> = {}, secure = false): Promise<Served> {
  const told: unknown[] = [];
  const server = serve({
    hostname: "127.0.0.1",
    http2: true,
    ...(secure ? { tls: localhost } : {}),
    websocket: {
      open: (socket) => {
        told.push(`open ${socket.url.replace(/:\d+\//, ":port/")} ${socket.protocol}`);
      },
      message: (socket, data) => {
        socket.send(data);
      },
      close: (_, code, reason) => {
        told.push(`close ${code} ${reason}`);
      },
    },
    ...options,
  });
  await server.ready;
  const session = await sessionTo(server.url);
  cleanups.push(
    () => server.stop({ force: true }),
    () => {
      session.destroy();
    },
  );
  return { server, session, told };
}
const closedAs = (told: unknown[], line: string): Promise<void> =>
  vi.waitFor(() => {
    expect(told.at(-1)).toBe(line);
  });

describe.each([
  ["in the clear", false],
  ["over TLS", true],
])("serve({ http2: true }) %s", (_, secure) => {
  test("says that it takes extended CONNECT, opens by it, and answers requests in the same session", async () => {
    const { session, told } = await start(
      {
        protocols: ["a", "b"],
        fetch: (request) => new Response(`hello ${new URL(request.url).pathname}`),
      },
      secure,
    );
    expect(session.remoteSettings).toMatchObject({
      enableConnectProtocol: true,
      maxHeaderListSize: 16_384,
    });
    const { peer, answer } = await openStream(session, {
      ":path": "/chat?room=1",
      "sec-websocket-protocol": "x, b",
    });
    expect(Object.entries(answer).filter(([name]) => name !== "date")).toEqual([
      [":status", 200],
      ["sec-websocket-protocol", "b"],
    ]);
    peer.send({ opcode: 1, payload: "é" });
    expect((await peer.frame()).payload).toEqual(new TextEncoder().encode("é"));
    expect(await ask(session, { ":path": "/page" })).toMatchObject({
      status: 200,
      body: "hello /page",
    });
    expect(told).toEqual([`open ${secure ? "wss" : "ws"}://127.0.0.1:port/chat?room=1 b`]);
  });

  test("a reset is the loss of the socket, not its orderly end", async () => {
    const { session, told } = await start({}, secure);
    (await openStream(session)).stream.close(http2.constants.NGHTTP2_CANCEL);
    await closedAs(told, "close 1006 ");
  });

  test("the session's end is the loss of its sockets", async () => {
    const { session, told } = await start({}, secure);
    await Promise.all([openStream(session), openStream(session)]);
    session.destroy();
    await vi.waitFor(() => {
      expect(told.slice(2)).toEqual(["close 1006 ", "close 1006 "]);
    });
  });

  test("an end after the closing handshake is in good order, also when the session goes with it", async () => {
    const { session, told } = await start({}, secure);
    const { peer } = await openStream(session);
    peer.send({ opcode: 8, payload: new Uint8Array([3, 232]) });
    await peer.whenEnded();
    session.destroy();
    await closedAs(told, "close 1000 ");
  });

  test("terminate() resets with CANCEL, and leaves the session", async () => {
    const { session, server } = await start({}, secure);
    const { stream } = await openStream(session);
    stream.on("error", () => {});
    [...server.clients][0]!.terminate();
    await once(stream, "close");
    expect([stream.rstCode, session.destroyed]).toEqual([8, false]);
    await openStream(session);
  });

  test("many sockets share a session, and one that is not read holds up no other", async () => {
    const { session, server } = await start({}, secure);
    const streams = await Promise.all(Array.from({ length: 100 }, () => openStream(session)));
    const [idle, ...others] = [...server.clients];
    streams.forEach(({ peer }) => {
      peer.socket.pause();
    });
    for (let sent = 0; sent < 64; sent++) idle!.send(new Uint8Array(65_536));
    await vi.waitFor(() => {
      expect(idle!.bufferedAmount).toBeGreaterThan(3_000_000);
    });
    others.forEach((socket) => socket.send("x"));
    streams.slice(1).forEach(({ peer }) => {
      peer.socket.resume();
    });
    for (const { peer } of streams.slice(1)) expect((await peer.frame()).payload).toHaveLength(1);
    expect(idle!.bufferedAmount).toBeGreaterThan(3_000_000);
  });

  test("stop() is over when its time is, whatever is under way", async () => {
    const { session, server, told } = await start(
      { fetch: () => new Promise<never>(() => {}) },
      secure,
    );
    session.on("error", () => {});
    session.request({ ":path": "/" }).on("error", () => {});
    (await openStream(session)).stream.on("error", () => {});
    await server.stop({ timeout: 100 });
    await closedAs(told, "close 1006 ");
  });

  test("stop() says 1001 to all, and the session goes with the last of them", async () => {
    const { session, server } = await start({}, secure);
    const { peer, stream } = await openStream(session);
    const stopped = server.stop();
    expect((await peer.frame()).payload.subarray(0, 2)).toEqual(new Uint8Array([3, 233]));
    peer.send({ opcode: 8, payload: new Uint8Array([3, 233]) });
    await peer.whenEnded();
    stream.end();
    await stopped;
  });
});

describe("what is refused", () => {
  const cases: [
    name: string,
    changes: Record<string, string | undefined>,
    status: number,
    text: string,
  ][] = [
    [
      "no version",
      { "sec-websocket-version": undefined },
      400,
      "Missing handshake request header: Sec-WebSocket-Version",
    ],
    ["another version", { "sec-websocket-version": "8" }, 400, "Unsupported WebSocket version: 8"],
    ["another protocol", { ":protocol": "connect-udp" }, 501, "Unsupported protocol: connect-udp"],
    [
      "a foreign page",
      { origin: "https://evil.example" },
      403,
      "Origin https://evil.example may not connect: it is not that of this server",
    ],
    ["another path", { ":path": "/other" }, 404, "Not Found"],
  ];
  test.each(cases)("%s", async (_, changes, status, text) => {
    const { session } = await start({ path: "/" });
    const { answer, peer } = await openStream(session, changes);
    expect(answer[":status"]).toBe(status);
    expect(answer).not.toHaveProperty("connection");
    expect(answer["sec-websocket-version"]).toBe(status === 400 ? "13" : undefined);
    await peer.whenEnded();
    expect(new TextDecoder().decode(peer.pending)).toContain(text);
  });

  test("what the application says, with its fields and without those of connections", async () => {
    const { session } = await start({
      websocket: {
        upgrade: () => ({
          status: 401,
          headers: { "WWW-Authenticate": "Basic", "Keep-Alive": "5" },
          body: "Who?",
        }),
      },
    });
    const { answer, peer } = await openStream(session);
    expect(answer).toMatchObject({
      ":status": 401,
      "www-authenticate": "Basic",
      "content-length": "4",
    });
    expect(answer).not.toHaveProperty("keep-alive");
    await peer.whenEnded();
  });

  test("a refusal by a status of success, which would open, is an error of the application", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const { session } = await start({ websocket: { upgrade: () => new Response("hi") } });
    expect((await openStream(session)).answer[":status"]).toBe(500);
    expect(String(warned.mock.calls[0]?.[0])).toContain(
      "by HTTP/2 a refusal has a status from 300 to 599",
    );
    warned.mockRestore();
  });

  test("a head over the limits", async () => {
    const { session } = await start({ maxHeadSize: 2000 });
    await expect(openStream(session, { "x-large": "x".repeat(3000) })).rejects.toThrow(
      /ENHANCE_YOUR_CALM|REFUSED|closed|Timeout/i,
    );
  });

  test("CONNECT without a protocol, which would be a proxy", async () => {
    const { session } = await start();
    expect(
      (await ask(session, { ":method": "CONNECT", ":authority": "example.com:443" })).status,
    ).toBe(405);
  });

  test("ordinary requests where there is no `fetch`", async () => {
    const { session } = await start();
    expect(await ask(session, { ":path": "/" })).toMatchObject({
      status: 405,
      headers: { allow: "CONNECT" },
      body: "This server speaks WebSocket.\n",
    });
  });

  test("a session that asks for nothing, after the handshake timeout", async () => {
    const { server } = await start({ handshakeTimeout: 50 });
    const idle = await sessionTo(server.url);
    await once(idle, "close");
  });
});

describe("HTTP/1.1 on the same port", () => {
  test("is chosen by ALPN: requests and WebSockets", async () => {
    const { server } = await start({ fetch: () => new Response("hello") }, true);
    const socket = await connect(server.url, { ca: authority });
    socket.send("by HTTP/1.1");
    expect((await once(socket, "message"))[0]).toMatchObject({ data: "by HTTP/1.1" });
    const [response] = (await once(
      https.get(server.url.replace("wss", "https"), { ca: authority }),
      "response",
    )) as [http.IncomingMessage];
    expect([response.httpVersion, response.statusCode]).toEqual(["1.1", 200]);
    response.resume();
    socket.terminate();
  });

  test("and CONNECT by it is dropped", async () => {
    const { server } = await start({}, true);
    const socket = tls.connect({
      port: server.port,
      host: "127.0.0.1",
      ca: authority,
      ALPNProtocols: ["http/1.1"],
    });
    socket.on("error", () => {});
    socket.write("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n");
    await once(socket, "close");
  });
});

describe("a server of one's own", () => {
  async function own(
    onStream: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void,
  ): Promise<http2.ClientHttp2Session> {
    const server = http2
      .createServer({ settings: { enableConnectProtocol: true } })
      .on("stream", onStream)
      .listen(0, "127.0.0.1");
    await once(server, "listening");
    const session = await sessionTo(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    cleanups.push(
      () => {
        server.close();
      },
      () => {
        session.destroy();
      },
    );
    return session;
  }

  test("upgrade(stream, headers, options)", async () => {
    const session = await own((stream, headers) => {
      const ws = upgrade(stream, headers, { protocols: ["a"], headers: { "Set-Cookie": "x=1" } });
      ws.on("open", () => {
        ws.send(`${ws.url} ${ws.protocol}`);
      });
    });
    const { answer, peer } = await openStream(session, {
      ":path": "/own",
      "sec-websocket-protocol": "a",
    });
    expect(answer).toMatchObject({ ":status": 200, "set-cookie": ["x=1"] });
    expect(new TextDecoder().decode((await peer.frame()).payload)).toMatch(
      /^ws:\/\/127\.0\.0\.1:\d+\/own a$/,
    );
  });

  test("new WebSocket(request, stream), of the compatibility layer's `connect` event", async () => {
    const server = http2
      .createServer({ settings: { enableConnectProtocol: true } })
      .on("connect", (request: http2.Http2ServerRequest) => {
        const isIt = WebSocket.isWebSocket(request as never);
        const ws = new WebSocket(request as never, request.stream);
        ws.on("open", () => {
          ws.send(String(isIt));
        });
      })
      .on("request", () => {})
      .listen(0, "127.0.0.1");
    await once(server, "listening");
    const session = await sessionTo(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    cleanups.push(
      () => {
        server.close();
      },
      () => {
        session.destroy();
      },
    );
    expect(new TextDecoder().decode((await (await openStream(session)).peer.frame()).payload)).toBe(
      "true",
    );
  });

  test("reject(stream, answer), and a fetch Response", async () => {
    const session = await own((stream, headers) => {
      reject(
        stream,
        headers[":path"] === "/a"
          ? { status: 429, headers: { "Retry-After": "5" } }
          : new Response("no", { status: 403 }),
      );
    });
    expect((await openStream(session, { ":path": "/a" })).answer).toMatchObject({
      ":status": 429,
      "retry-after": "5",
    });
    const { answer, peer } = await openStream(session, { ":path": "/b" });
    expect(answer[":status"]).toBe(403);
    await peer.whenEnded();
    expect(new TextDecoder().decode(peer.pending)).toBe("no");
  });

  test("reject() of what would open throws, and nothing is sent", async () => {
    const thrown = new Promise<unknown>((resolve) => {
      void own((stream) => {
        try {
          reject(stream, { status: 200 });
        } catch (error) {
          resolve(error);
          stream.close();
        }
      })
        .then((session) => openStream(session))
        .catch(() => {});
    });
    expect(String(await thrown)).toContain("since success opens");
  });

  test("a stream that is reset while the application thinks closes with 1006", async () => {
    const closed = new Promise((resolve) => {
      void own((stream, headers) => {
        stream
          .on("error", () => {})
          .on("close", () => {
            const ws = upgrade(stream, headers);
            ws.on("close", ({ code }) => {
              resolve(code);
            });
          });
      }).then((session) => {
        const stream = session.request(
          {
            ":method": "CONNECT",
            ":protocol": "websocket",
            ":path": "/",
            "sec-websocket-version": "13",
          },
          { endStream: false },
        );
        stream.on("error", () => {});
        setImmediate(() => {
          stream.close(8);
        });
      });
    });
    expect(await closed).toBe(1006);
  });
});

test("who has chosen HTTP/1.1 and says nothing, or half a head, is sent away after handshakeTimeout", async () => {
  const { server } = await start({ handshakeTimeout: 200 }, true);
  const heard = await Promise.all(
    ["", "GET / HTTP/1.1\r\nHost: a\r\n"].map(
      (request) =>
        new Promise((resolve) => {
          let text = "";
          const socket = tls.connect({
            port: server.port,
            host: "127.0.0.1",
            servername: "localhost",
            ca: authority,
            ALPNProtocols: ["http/1.1"],
          });
          socket
            .setEncoding("latin1")
            .on("data", (chunk: string) => {
              text += chunk;
            })
            .on("error", () => {})
            .on("close", () => {
              resolve(text);
            })
            .write(request);
        }),
    ),
  );
  expect(heard).toEqual([
    expect.stringMatching(/^HTTP\/1.1 408 /),
    expect.stringMatching(/^HTTP\/1.1 408 /),
  ]);
});
