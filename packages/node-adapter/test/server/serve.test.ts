import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { connect, serve, type ServeOptions, type SocketServer } from "../../src/index.ts";
import { nodeRuntime } from "../../src/runtime.ts";
import { authority, localhost } from "../fixtures/certificates.ts";
import { opening, readAll } from "./raw.ts";

let server: SocketServer | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await server?.stop({ force: true });
});

async function start(options: Omit<ServeOptions, "hostname">): Promise<SocketServer> {
  server = serve({ hostname: "127.0.0.1", ...options });
  await server.ready;
  return server;
}
const echo: ServeOptions["websocket"] = {
  message(socket, data) {
    socket.send(data);
  },
};
const httpOf = (url: string): string => url.replace(/^ws/, "http");

async function ask(request: string): Promise<string> {
  const socket = net.connect(server!.port, "127.0.0.1");
  socket.write(request, "latin1");
  return readAll(socket);
}

describe("serve", () => {
  test("answers requests and WebSockets on one port", async () => {
    const { url } = await start({
      fetch: (request) => new Response(`hello ${new URL(request.url).pathname}`),
      websocket: echo,
    });
    expect(await (await fetch(`${httpOf(url)}page`)).text()).toBe("hello /page");
    const socket = await connect(url);
    socket.send("ws");
    expect((await once(socket, "message"))[0]).toMatchObject({ data: "ws" });
    expect(await (await fetch(`${httpOf(url)}again`)).text()).toBe("hello /again");
  });

  test("over TLS", async () => {
    const { url } = await start({
      tls: localhost,
      fetch: (request) => new Response(request.url),
      websocket: echo,
    });
    const socket = await connect(url, { ca: authority });
    socket.send("secret");
    expect((await once(socket, "message"))[0]).toMatchObject({ data: "secret" });
    expect([...server!.clients][0]!.url).toBe(url);
    const [response] = (await once(https.get(httpOf(url), { ca: authority }), "response")) as [
      http.IncomingMessage,
    ];
    expect((await response.setEncoding("utf8").toArray()).join("")).toBe(httpOf(url));
  });

  test("a TLS handshake that never ends is dropped after handshakeTimeout", async () => {
    await start({ handshakeTimeout: 50, tls: localhost, websocket: echo });
    expect(await ask("")).toBe("");
  });

  test("without fetch, ordinary requests are told 426", async () => {
    const { url } = await start({ websocket: echo });
    expect((await fetch(httpOf(url))).status).toBe(426);
  });

  test("frames that come with the request are not lost", async () => {
    const told: unknown[] = [];
    await start({ websocket: { message: (_, data) => told.push(data) } });
    const socket = net.connect(server!.port, "127.0.0.1");
    socket.write(
      Buffer.concat([Buffer.from(opening()), Buffer.from("818100000000", "hex"), Buffer.from("a")]),
    );
    await vi.waitFor(() => {
      expect(told).toEqual(["a"]);
    });
    socket.destroy();
  });

  test("nor those that come while the upgrade handler thinks", async () => {
    const told: unknown[] = [];
    let decide = (): void => {};
    await start({
      websocket: {
        upgrade: () =>
          new Promise((resolve) => {
            decide = () => {
              resolve({ protocols: ["late"] });
            };
          }),
        message: (_, data) => told.push(data),
      },
    });
    const socket = net.connect(server!.port, "127.0.0.1");
    socket.write(opening({ "Sec-WebSocket-Protocol": "late" }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (let index = 0; index < 3; index++) {
      socket.write(Buffer.concat([Buffer.from("818100000000", "hex"), Buffer.from(`${index}`)]));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(told).toEqual([]);
    decide();
    expect(String((await once(socket, "data"))[0])).toMatch(
      /^HTTP\/1\.1 101 [^]*Sec-WebSocket-Protocol: late\r\n/i,
    );
    await vi.waitFor(() => {
      expect(told).toEqual(["0", "1", "2"]);
    });
    socket.destroy();
  });

  test("a refusal is answered in HTTP", async () => {
    await start({
      path: "/chat",
      websocket: { upgrade: () => ({ status: 401, headers: { "WWW-Authenticate": "Bearer" } }) },
    });
    expect(await ask(opening({}, "/chat"))).toMatch(
      /^HTTP\/1\.1 401 Unauthorized\r\n[^]*WWW-Authenticate: Bearer/,
    );
    expect(await ask(opening())).toMatch(/^HTTP\/1\.1 404 /);
    expect(
      await ask(opening({ "Sec-WebSocket-Version": "12" }, "/chat").replace("GET", "POST")),
    ).toMatch(/^HTTP\/1\.1 401 /);
  });

  test("a wrong opening is refused by the core", async () => {
    await start({ fetch: () => new Response("page"), websocket: echo });
    expect(await ask(opening({ "Sec-WebSocket-Version": "12" }))).toMatch(/^HTTP\/1\.1 426 /);
    expect(await ask(opening({ "Sec-WebSocket-Key": "short" }))).toMatch(/^HTTP\/1\.1 400 /);
    expect(await ask(opening().replace("GET", "PUT"))).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("a head over maxHeadSize is refused", async () => {
    await start({ maxHeadSize: 2000, fetch: () => new Response("page"), websocket: echo });
    expect(await ask(opening({ "X-Long": "x".repeat(3000) }))).toMatch(/^HTTP\/1\.1 431 /);
    expect(
      await ask(opening({ "X-Long": "x".repeat(1000), "Sec-WebSocket-Version": "1" })),
    ).toMatch(/^HTTP\/1\.1 426 /);
  });

  describe("an offer to upgrade to something else is ignored", () => {
    test("and the request answered", async () => {
      await start({
        fetch: async (request) => new Response(`${request.method} ${await request.text()}.`),
        websocket: echo,
      });
      const answer = await ask(
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 \r\n[^]*connection: close\r\n[^]*GET \./i);
    });

    test("also where it has a body; one in chunks is refused", async () => {
      await start({ fetch: () => new Response("page"), websocket: echo });
      expect(
        await ask(
          "POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
        ),
      ).toMatch(/^HTTP\/1\.1 200 [^]*page/);
      expect(
        await ask(
          "POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        ),
      ).toMatch(/^HTTP\/1\.1 411 /);
    });
  });
});

describe("sockets", () => {
  test("are not dropped by the HTTP server's own timeouts", async () => {
    const create = http.createServer.bind(http);
    const servers: http.Server[] = [];
    vi.spyOn(http, "createServer").mockImplementation(((
      options: http.ServerOptions,
      handle: http.RequestListener,
    ) => {
      const made = create(
        {
          ...options,
          connectionsCheckingInterval: 10,
          requestTimeout: 30,
          headersTimeout: 20,
          keepAliveTimeout: 10,
        },
        handle,
      );
      made.timeout = 30;
      servers.push(made);
      return made;
    }) as typeof http.createServer);
    const { url } = await start({ websocket: echo });
    expect(servers).toHaveLength(1);
    const socket = await connect(url);
    await new Promise((resolve) => setTimeout(resolve, 120));
    socket.send("still here");
    expect((await once(socket, "message"))[0]).toMatchObject({ data: "still here" });
  });

  test("leave no listener and no timer behind", async () => {
    const seen: net.Socket[] = [];
    const sockets = () =>
      process.getActiveResourcesInfo().filter((name) => /TCP|TLS/.test(name)).length;
    const before = sockets();
    const set = vi.spyOn(nodeRuntime, "setTimeout");
    const createServer = http.createServer.bind(http);
    vi.spyOn(http, "createServer").mockImplementation(((
      options: http.ServerOptions,
      handle: http.RequestListener,
    ) => {
      const made = createServer(options, handle);
      made.on("upgrade", (_, socket: net.Socket) => {
        seen.push(socket);
      });
      return made;
    }) as typeof http.createServer);
    const { url } = await start({ websocket: echo, pingInterval: 10_000 });
    const socket = await connect(url);
    socket.close();
    await once(socket, "close");
    await server!.stop();
    expect(seen).toHaveLength(1);
    await vi.waitFor(() => {
      expect(seen[0]!.listenerCount("close")).toBe(0);
    });
    // Node's own is one on `end`.
    const left = ["data", "end", "error", "drain", "timeout"].flatMap((name) =>
      seen[0]!.listeners(name).map((listener) => `${name} ${listener.name}`),
    );
    expect(left).toEqual(["end onReadableStreamEnd"]);
    await vi.waitFor(() => {
      expect(sockets()).toBeLessThanOrEqual(before);
    });
    // Of pings, closing handshakes, the client's opening and the server's stop. Fired or cleared, a timer of Node's says so.
    expect(set.mock.results.length).toBeGreaterThanOrEqual(3);
    expect(
      set.mock.results.map(({ value }) => (value as { _destroyed: boolean })._destroyed),
    ).not.toContain(false);
  });
});

describe("stopping", () => {
  test("waits for a request that is being answered, and tells sockets 1001", async () => {
    const { url } = await start({
      fetch: () =>
        new Promise((resolve) => {
          setTimeout(() => {
            resolve(new Response("slow"));
          }, 50);
        }),
      websocket: {},
    });
    const socket = await connect(url);
    const closed = once(socket, "close");
    const page = fetch(httpOf(url), { headers: { connection: "close" } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await server!.stop();
    expect((await closed)[0]).toMatchObject({ code: 1001 });
    expect(await (await page).text()).toBe("slow");
  });

  test("drops a request that is never answered when the time is up", async () => {
    const { url } = await start({ fetch: () => new Promise(() => {}), websocket: {} });
    const page = fetch(httpOf(url)).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await server!.stop({ timeout: 20 });
    expect(await page).toBeInstanceOf(TypeError);
  });
});
