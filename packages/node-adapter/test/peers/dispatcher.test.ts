/** Clients through undici's dispatchers. */
import { once } from "node:events";
import net from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import {
  Agent,
  Client,
  type Dispatcher,
  EnvHttpProxyAgent,
  interceptors,
  MockAgent,
  Pool,
  ProxyAgent,
} from "undici";
import { authority, certificate } from "../../../core/testing/harness/raw-streams.ts";
import { startProxy } from "../../../core/testing/client/proxy-server.ts";
import { connect, type ConnectError, serve, WebSocket } from "../../src/index.ts";

const TRUST = { connect: { ca: authority } };
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function echoServer(secure: boolean): Promise<string> {
  const server = serve({
    hostname: "127.0.0.1",
    protocols: ["chat"],
    perMessageDeflate: true,
    ...(secure ? { tls: certificate } : {}),
    websocket: {
      open: (socket) => {
        socket.send("hello");
      },
      message: (socket, data) => {
        socket.send(data);
      },
    },
  });
  cleanups.push(() => server.stop({ force: true }));
  await server.ready;
  return server.url;
}
/** The URL of a server that calls `answer` with the socket of each request. */
async function answering(answer: (socket: net.Socket) => void): Promise<string> {
  const server = net
    .createServer((socket) => {
      socket
        .on("error", () => {})
        .once("data", () => {
          answer(socket);
        });
      cleanups.push(() => socket.destroy());
    })
    .listen(0, "127.0.0.1");
  cleanups.push(() => server.close());
  await once(server, "listening");
  return `ws://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}
function own<D extends Dispatcher>(dispatcher: D): D {
  cleanups.push(() =>
    dispatcher instanceof MockAgent ? dispatcher.close() : dispatcher.destroy(),
  );
  return dispatcher;
}
async function proxied(secure: boolean): Promise<Awaited<ReturnType<typeof startProxy>>> {
  const proxy = await startProxy({ secure });
  cleanups.push(() => proxy.stop());
  return proxy;
}

async function echo(url: string, dispatcher: Dispatcher): Promise<void> {
  const socket = await connect(url, {
    dispatcher,
    protocols: ["chat"],
    perMessageDeflate: true,
    headers: { Cookie: "a=1" },
  });
  const told: string[] = [];
  socket.on("message", ({ data }) => {
    told.push(String(data).slice(0, 10));
  });
  expect([socket.protocol, socket.extensions, socket.statusCode]).toEqual([
    "chat",
    expect.stringContaining("permessage-deflate"),
    101,
  ]);
  socket.send("again");
  socket.send("x".repeat(200_000));
  while (told.length < 3) await once(socket, "message");
  expect(told).toEqual(["hello", "again", "xxxxxxxxxx"]);
  socket.close(1000, "done");
  expect((await once(socket, "close"))[0]).toMatchObject({ code: 1000, wasClean: true });
}

describe.each([
  ["ws:", false],
  ["wss:", true],
] as const)("%s opens", (_, secure) => {
  const ways: [name: string, make: (url: string) => Promise<Dispatcher>][] = [
    ["an Agent", async () => own(new Agent(TRUST))],
    ["a Client", async (url) => own(new Client(url.replace(/^ws/, "http"), TRUST))],
    ["a Pool", async (url) => own(new Pool(url.replace(/^ws/, "http"), TRUST))],
    [
      "a ProxyAgent",
      async () =>
        own(new ProxyAgent({ uri: (await proxied(false)).origin, requestTls: { ca: authority } })),
    ],
    [
      "a ProxyAgent over TLS, with a token",
      async () =>
        own(
          new ProxyAgent({
            uri: (await proxied(true)).origin.replace("127.0.0.1", "localhost"),
            token: "Basic eDp5",
            proxyTls: { ca: authority },
            requestTls: { ca: authority },
          }),
        ),
    ],
    [
      "an EnvHttpProxyAgent",
      async () => {
        const { origin } = await proxied(false);
        return own(
          new EnvHttpProxyAgent({
            httpProxy: origin,
            httpsProxy: origin,
            noProxy: "example.com",
            requestTls: { ca: authority },
          }),
        );
      },
    ],
    [
      "a MockAgent that lets it through",
      async () => {
        const mock = own(new MockAgent(TRUST));
        mock.enableNetConnect();
        return mock;
      },
    ],
    [
      "what compose() makes",
      async () =>
        own(new Agent(TRUST)).compose(
          interceptors.dns(),
          (dispatch) => (options, handler) => dispatch(options, handler),
        ),
    ],
  ];
  test.each(ways)("%s", async (_, make) => {
    const url = await echoServer(secure);
    await echo(url, await make(url));
  });
});

test("a mock refuses: its status, fields and body", async () => {
  const mock = own(new MockAgent());
  mock.disableNetConnect();
  mock
    .get("http://example.com")
    .intercept({ path: "/chat", method: "GET" })
    .reply(403, "not you", { headers: { "X-Why": "mocked" } })
    .persist();
  const error = (await connect("ws://example.com/chat", { dispatcher: mock }).catch(
    (reason: unknown) => reason as ConnectError,
  )) as ConnectError;
  expect([error.code, error.status, error.headers?.["x-why"], error.body?.toString()]).toEqual([
    "opening-refused",
    403,
    "mocked",
    "not you",
  ]);
});

test("a mock that answers 101 has no connection to give: the error says what to do", async () => {
  const mock = own(new MockAgent());
  mock.disableNetConnect();
  mock.get("http://example.com").intercept({ path: "/" }).reply(101);
  await expect(connect("ws://example.com", { dispatcher: mock })).rejects.toThrow(
    /let it through with enableNetConnect\(\)/,
  );
});

test("where a mock has no answer, its error is the cause", async () => {
  const mock = own(new MockAgent());
  mock.disableNetConnect();
  await expect(connect("ws://example.com", { dispatcher: mock })).rejects.toMatchObject({
    code: "UND_MOCK_ERR_MOCK_NOT_MATCHED",
    message: expect.stringMatching(
      /^Network error: ws:\/\/example\.com: .*net\.connect disabled/,
    ) as string,
  });
});

describe("a server refuses", () => {
  test.each<[name: string, answer: string, status: number, body: string]>([
    [
      "at a known length",
      "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 7\r\n\r\nnot you",
      401,
      "not you",
    ],
    [
      "in chunks",
      "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nnot you\r\n0\r\n\r\n",
      401,
      "not you",
    ],
  ])(
    "%s: undici's answer has status, fields and body, where its own upgrade() tells none",
    async (_, answer, status, body) => {
      const url = await answering((socket) => socket.write(answer));
      const error = (await connect(url, { dispatcher: own(new Agent()) }).catch(
        (reason: unknown) => reason,
      )) as ConnectError;
      expect([
        error.code,
        error.status,
        error.headers?.["www-authenticate"],
        error.body?.toString(),
      ]).toEqual(["opening-refused", status, "Basic", body]);
    },
  );

  test("with a redirect, which is followed where asked for", async () => {
    const there = await echoServer(false);
    const url = await answering((socket) =>
      socket.write(`HTTP/1.1 302 x\r\nLocation: ${there}\r\nContent-Length: 0\r\n\r\n`),
    );
    const socket = await connect(url, { dispatcher: own(new Agent()), followRedirects: true });
    expect([socket.url, socket.readyState]).toEqual([there, 1]);
    socket.terminate();
  });

  test("with a wrong key", async () => {
    const url = await answering((socket) =>
      socket.write(
        "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n",
      ),
    );
    await expect(connect(url, { dispatcher: own(new Agent()) })).rejects.toThrow(
      "Sec-WebSocket-Accept mismatch",
    );
  });
});

describe("no answer", () => {
  test("nobody listens: the system's code", async () => {
    const url = await answering(() => {});
    for (const cleanup of cleanups.splice(0)) await cleanup();
    await expect(connect(url, { dispatcher: own(new Agent()) })).rejects.toMatchObject({
      code: "ECONNREFUSED",
      message: expect.stringContaining("is the server up") as string,
    });
  });

  test("a server that says nothing: handshakeTimeout, and the request is aborted", async () => {
    let gone: Promise<unknown> | undefined;
    const url = await answering((socket) => {
      gone = once(socket, "close");
    });
    await expect(
      connect(url, { dispatcher: own(new Agent()), handshakeTimeout: 100 }),
    ).rejects.toMatchObject({ code: "handshake-timeout" });
    await gone;
  });

  test("a signal gives up, and the request is aborted", async () => {
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    let gone: Promise<unknown> | undefined;
    const url = await answering((socket) => {
      gone = once(socket, "close");
      controller.abort(reason);
    });
    await expect(
      connect(url, { dispatcher: own(new Agent()), signal: controller.signal }),
    ).rejects.toBe(reason);
    await gone;
  });

  test("given up at once", async () => {
    const client = new WebSocket.Client(await answering(() => {}), null, {
      dispatcher: own(new Agent()),
    });
    client.on("error", () => {
      throw new Error("told an error");
    });
    client.close(3000, "no");
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    expect(client.readyState).toBe(3);
  });

  // By what they throw: the package itself is not among ours.
  test.each(["invalid onError method", "this.handler.onConnect is not a function"])(
    "a dispatcher of undici 6, which says: %s",
    async (words) => {
      const dispatcher = {
        dispatch: (): boolean => {
          throw new TypeError(words);
        },
      };
      await expect(connect("ws://127.0.0.1:1", { dispatcher })).rejects.toMatchObject({
        message:
          "Network error: ws://127.0.0.1:1: The dispatcher is of an undici before version 7, which knows no handlers like ours: update undici",
        cause: { cause: { message: words } },
      });
    },
  );

  test("a dispatcher that is destroyed", async () => {
    const agent = new Agent();
    await agent.destroy();
    await expect(connect("ws://127.0.0.1:1", { dispatcher: agent })).rejects.toMatchObject({
      code: "UND_ERR_DESTROYED",
    });
  });
});

test.each<[name: string, options: object, message: RegExp]>([
  ["what is none", { dispatcher: {} }, /^dispatcher: expected an undici Dispatcher/],
  [
    "a proxy beside it",
    { dispatcher: new Agent(), proxy: { origin: "http://localhost" } },
    /^proxy and dispatcher: only one/,
  ],
  ["tls beside it", { dispatcher: new Agent(), tls: {} }, /^dispatcher: it makes the connection/],
])("is refused before any socket exists: %s", (_, options, message) =>
  expect(() => new WebSocket.Client("ws://127.0.0.1:1", null, options)).toThrow(message),
);
