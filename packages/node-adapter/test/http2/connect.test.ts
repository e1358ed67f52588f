import { once } from "node:events";
import http2 from "node:http2";
import net, { type AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  connect,
  type ConnectError,
  type ConnectOptions,
  listen,
  serve,
  type ServeOptions,
  type SocketServer,
} from "../../src/index.ts";
import { authority, localhost } from "../fixtures/certificates.ts";
import { sessionTo } from "./session.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** A server that echoes, and tells by what it was reached. */
async function start(
  options: Partial<ServeOptions> = {},
): Promise<{ server: SocketServer; by: string[] }> {
  const by: string[] = [];
  const server = serve({
    hostname: "127.0.0.1",
    http2: true,
    websocket: {
      upgrade: (request) => {
        by.push(
          `HTTP/${request.httpVersion}${request.protocol ? ` ${request.protocol}` : ""} ${request.headers.get("user-agent") ?? ""}`.trim(),
        );
        return request.target === "/no" ? { status: 418, body: "short and stout" } : undefined;
      },
      message: (socket, data) => {
        socket.send(data);
      },
    },
    ...options,
  });
  await server.ready;
  cleanups.push(() => server.stop({ force: true }));
  return { server, by };
}

/** A server of the test's own. */
async function own(
  onStream: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void,
  settings: http2.Settings = { enableConnectProtocol: true },
): Promise<{ url: string; sessions: Set<http2.ServerHttp2Session> }> {
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer({ settings }).on("session", (session) => {
    sessions.add(session.on("close", () => sessions.delete(session)).on("error", () => {}));
  });
  server
    .on("stream", (stream, headers) => {
      onStream(
        stream.on("error", () => {}),
        headers,
      );
    })
    .listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    server.close();
    for (const session of sessions) session.destroy();
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, sessions };
}
const failure = (promise: Promise<unknown>): Promise<ConnectError> =>
  promise.then(
    () => {
      throw new Error("it opened");
    },
    (error: ConnectError) => error,
  );
const BY_HTTP2: ConnectOptions = { http2: true, ca: authority };

describe.each([
  ["ws:", {}],
  ["wss:", { tls: localhost }],
])("connect(url, { http2: true }) to %s", (_, secure) => {
  test("many sockets go by one session", async () => {
    const { server, by } = await start({ ...secure, perMessageDeflate: true, protocols: ["a"] });
    const sockets = await Promise.all(
      Array.from({ length: 50 }, () =>
        connect(server.url, {
          ...BY_HTTP2,
          protocols: ["a"],
          perMessageDeflate: true,
          headers: { "User-Agent": "test" },
        }),
      ),
    );
    sockets.push(await connect(server.url, BY_HTTP2));
    expect(by).toEqual([
      ...Array.from({ length: 50 }, () => "HTTP/2.0 websocket test"),
      "HTTP/2.0 websocket",
    ]);
    expect([sockets[0]!.protocol, sockets[0]!.extensions, sockets[0]!.statusCode]).toEqual([
      "a",
      expect.stringContaining("permessage-deflate"),
      200,
    ]);
    await Promise.all(
      sockets.map(async (socket, at) => {
        socket.send(`${at} `.repeat(10_000));
        expect((await once(socket, "message"))[0]).toMatchObject({ data: `${at} `.repeat(10_000) });
      }),
    );
    sockets.forEach((socket) => {
      socket.close(3000, "done");
    });
    for (const socket of sockets)
      expect(await socket.closed).toMatchObject({ code: 3000, wasClean: true });
  });

  test("by HTTP/1.1 where the server speaks that alone", async () => {
    const { server, by } = await start({ ...secure, http2: false });
    const sockets = await Promise.all([1, 2, 3].map(() => connect(server.url, BY_HTTP2)));
    expect([by, sockets.map(({ statusCode }) => statusCode)]).toEqual([
      ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1"],
      [101, 101, 101],
    ]);
  });

  test("by HTTP/1.1 to `listen`, which has no HTTP server", async () => {
    const server = listen({ hostname: "127.0.0.1", ...secure, websocket: {} });
    await server.ready;
    cleanups.push(() => server.stop({ force: true }));
    expect((await connect(server.url, BY_HTTP2)).statusCode).toBe(101);
  });

  test("a refusal is told with status, fields and body", async () => {
    const { server } = await start(secure);
    expect(await failure(connect(`${server.url}no`, BY_HTTP2))).toMatchObject({
      status: 418,
      code: "opening-refused",
    });
  });

  test("nobody listens", async () => {
    const { server } = await start(secure);
    const { url } = server;
    await server.stop();
    expect(await failure(connect(url, BY_HTTP2))).toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("what becomes of a client by HTTP/2", () => {
  test("by HTTP/1.1 where HTTP/2 is spoken and extended CONNECT is not allowed", async () => {
    const server = http2.createSecureServer({ ...localhost, allowHTTP1: true });
    server
      .on("upgrade", (_, socket) => {
        socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
      })
      .listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanups.push(() => {
      server.close();
    });
    const error = await failure(
      connect(`wss://127.0.0.1:${(server.address() as AddressInfo).port}/`, BY_HTTP2),
    );
    expect(error).toMatchObject({ status: 403, response: { statusText: "Forbidden" } });
  });

  test("a certificate that is not trusted is said to be", async () => {
    const { server } = await start({ tls: localhost });
    expect(String(await failure(connect(server.url, { http2: true })))).toMatch(
      /certificate|UNABLE_TO_VERIFY|self.signed|issuer/i,
    );
  });

  test("the server resets the stream: 1006", async () => {
    const { url } = await own((stream) => {
      stream.respond({ ":status": 200 });
      stream.on("data", () => {
        stream.close(8);
      });
    });
    const socket = await connect(url, BY_HTTP2);
    socket.send("x");
    expect(await socket.closed).toMatchObject({ code: 1006, wasClean: false });
  });

  test("the server refuses the stream before it answers", async () => {
    const { url } = await own((stream) => {
      stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
    });
    expect((await failure(connect(url, BY_HTTP2))).message).toMatch(/REFUSED_STREAM/);
  });

  test("GOAWAY without an error lets sockets live, and the next one goes by a new session", async () => {
    const { url, sessions } = await own((stream) => {
      stream.respond({ ":status": 200 });
    });
    const first = await connect(url, BY_HTTP2);
    const [session] = sessions;
    session!.goaway(0);
    await vi.waitFor(async () => {
      await connect(url, BY_HTTP2);
      expect(sessions.size).toBe(2);
    });
    expect(first.readyState).toBe(1);
    session!.destroy();
    expect(await first.closed).toMatchObject({ code: 1006 });
  });

  test("GOAWAY with an error, and the session's loss: 1006", async () => {
    const { url, sessions } = await own((stream) => {
      stream.respond({ ":status": 200 });
    });
    const sockets = await Promise.all([connect(url, BY_HTTP2), connect(url, BY_HTTP2)]);
    for (const session of sessions)
      session.destroy(undefined, http2.constants.NGHTTP2_INTERNAL_ERROR);
    for (const socket of sockets)
      expect(await socket.closed).toMatchObject({ code: 1006, wasClean: false });
  });

  test("a server that answers nothing is given up in time, before its settings and after", async () => {
    const { url } = await own(() => {});
    expect(await failure(connect(url, { ...BY_HTTP2, handshakeTimeout: 100 }))).toMatchObject({
      code: "handshake-timeout",
    });
    const mute = net
      .createServer((socket) => {
        socket.on("error", () => {});
      })
      .listen(0, "127.0.0.1");
    await once(mute, "listening");
    cleanups.push(() => {
      mute.close();
    });
    const place = `ws://127.0.0.1:${(mute.address() as AddressInfo).port}/`;
    expect(await failure(connect(place, { ...BY_HTTP2, handshakeTimeout: 100 }))).toMatchObject({
      code: "handshake-timeout",
    });
  });

  test("as many sockets as the server allows go by one session, and the others by more", async () => {
    const { url, sessions } = await own(
      (stream) => {
        stream.respond({ ":status": 200 });
      },
      { enableConnectProtocol: true, maxConcurrentStreams: 2 },
    );
    await Promise.all([1, 2, 3, 4, 5].map(() => connect(url, BY_HTTP2)));
    expect(sessions.size).toBe(3);
  });

  test("a session that carries nothing any more is closed after a while", async () => {
    const { url, sessions } = await own((stream) => {
      stream.respond({ ":status": 200 });
    });
    (await connect(url, BY_HTTP2)).terminate();
    await vi.waitFor(
      () => {
        expect(sessions.size).toBe(0);
      },
      { timeout: 8000, interval: 100 },
    );
  }, 10_000);

  test("any status of success opens, and a subprotocol that was not offered does not", async () => {
    const { url } = await own((stream) => {
      stream.respond({ ":status": 201 });
    });
    expect((await connect(url, BY_HTTP2)).statusCode).toBe(201);
    const other = await own((stream) => {
      stream.respond({ ":status": 200, "sec-websocket-protocol": "x" });
    });
    expect((await failure(connect(other.url, BY_HTTP2))).message).toContain(
      "Sec-WebSocket-Protocol mismatch",
    );
  });

  test("the request has what it must, and nothing of HTTP/1.1", async () => {
    let asked = {};
    const { url } = await own((stream, headers) => {
      asked = headers;
      stream.respond({ ":status": 200 });
    });
    const { host } = new URL(url);
    await connect(`ws://me:secret@${host}/a?b=c`, {
      ...BY_HTTP2,
      protocols: ["x", "y"],
      origin: "http://page.example",
      headers: { Cookie: "a=b", "Keep-Alive": "1", TE: "gzip" },
    });
    expect({ ...asked }).toEqual({
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":scheme": "http",
      ":authority": host,
      ":path": "/a?b=c",
      "sec-websocket-version": "13",
      "sec-websocket-protocol": "x, y",
      authorization: "Basic bWU6c2VjcmV0",
      origin: "http://page.example",
      cookie: "a=b",
      [http2.sensitiveHeaders]: ["authorization", "cookie"],
    });
  });
});

describe("connect(url, { session })", () => {
  test("goes by the caller's session, which stays", async () => {
    const { server, by } = await start();
    const session = http2.connect(server.url.replace("ws", "http"));
    cleanups.push(() => {
      session.destroy();
    });
    const sockets = await Promise.all(
      Array.from({ length: 20 }, () => connect(server.url, { session })),
    );
    expect(by).toEqual(Array.from({ length: 20 }, () => "HTTP/2.0 websocket"));
    sockets.forEach((socket) => {
      socket.close();
    });
    await Promise.all(sockets.map(({ closed }) => closed));
    expect(session.closed).toBe(false);
    await connect(server.url, { session });
  });

  test.each([
    ["the server ends its side", true],
    ["the server does not end its side", false],
  ])(
    "the answer to a close frame and the stream's end are two frames: %s",
    async (_, serverEnds) => {
      let ended!: () => void;
      const hasEnded = new Promise<void>((resolve) => (ended = resolve));
      const { url } = await own((stream) => {
        stream.respond({ ":status": 200 });
        stream.write(Uint8Array.of(0x88, 2, 0x0f, 0xa2)); // close, 4002
        stream.on("data", () => {
          if (serverEnds) stream.end();
        });
        stream.on("end", () => {
          ended();
          stream.end();
        });
      });
      const writes: Buffer[] = [];
      const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
      const recorded = new Duplex({
        read: () => socket.resume(),
        write: (chunk: Buffer, _encoding, done) => {
          writes.push(Buffer.from(chunk));
          socket.write(chunk, () => {
            done();
          });
        },
      });
      socket.on("data", (chunk) => recorded.push(chunk));
      const session = await sessionTo(url, { createConnection: () => recorded });
      cleanups.push(() => session.destroy());
      const ws = await connect(url, { session });
      expect(await ws.closed).toMatchObject({ code: 4002, wasClean: true });
      await hasEnded;
      // The heads of DATA frames: the length in three bytes, type 0, END_STREAM or not, stream 1.
      const heads = writes.map((bytes) => bytes.toString("hex"));
      expect(heads.filter((head) => /^0000..000.00000001$/.test(head))).toEqual([
        "000008000000000001",
        "000000000100000001",
      ]);
    },
  );

  test("by HTTP/1.1, on a connection of its own, where that server allows no extended CONNECT", async () => {
    const { server, by } = await start({ http2: false });
    const { url } = await own(() => {}, {});
    const session = await sessionTo(url);
    cleanups.push(() => {
      session.destroy();
    });
    await connect(server.url, { session });
    expect(by).toEqual(["HTTP/1.1"]);
  });

  test("a session that is closed is said to be", async () => {
    const { server } = await start();
    const session = await sessionTo(server.url);
    session.destroy();
    expect((await failure(connect(server.url, { session }))).message).toContain(
      "The HTTP/2 session is closed",
    );
  });

  const wrong: [options: object, text: string][] = [
    [{ http2: "yes" }, "http2: expected a boolean, got string"],
    [{ session: {} }, "session: expected a session of http2.connect"],
    [
      { http2: true, proxy: { origin: "http://127.0.0.1:1" } },
      "http2 and proxy: only one of them can make the connection",
    ],
  ];
  test.each(wrong)("%o is not accepted", async (options, text) => {
    await expect(connect("ws://127.0.0.1:1/", options)).rejects.toThrow(text);
  });
});
