import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type tls from "node:tls";
import { afterEach, describe, expect, test, vi } from "vitest";
import { connect, listen, type ListenOptions, type SocketServer } from "../../src/index.ts";
import { authority, localhost } from "../fixtures/certificates.ts";
import { opening, readAll } from "./raw.ts";

let server: SocketServer | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await server?.stop({ force: true });
});
const warnings = () => vi.spyOn(process, "emitWarning").mockImplementation(() => {});

async function start(options: Omit<ListenOptions, "hostname">): Promise<SocketServer> {
  server = listen({ hostname: "127.0.0.1", ...options });
  await server.ready;
  return server;
}
const echo: ListenOptions["websocket"] = {
  message(socket, data) {
    socket.send(data);
  },
};

describe("listen", () => {
  test("opens, echoes, closes; tells the handlers in order", async () => {
    const told: unknown[] = [];
    const { url } = await start({
      protocols: ["chat"],
      websocket: {
        open: ({ protocol, url }) => told.push(["open", protocol, url]),
        message(socket, data) {
          told.push(["message", data]);
          socket.send(data);
        },
        close: (_, code, reason) => told.push(["close", code, reason]),
      },
    });
    const socket = await connect(url, { protocols: ["other", "chat"] });
    expect(server!.clients.size).toBe(1);
    socket.send("h\u00e9llo");
    expect((await once(socket, "message"))[0]).toMatchObject({ data: "h\u00e9llo" });
    socket.send(Buffer.from([1, 2, 3]));
    expect((await once(socket, "message"))[0]).toMatchObject({ data: Buffer.from([1, 2, 3]) });
    socket.close(4000, "done");
    expect((await once(socket, "close"))[0]).toMatchObject({
      code: 4000,
      reason: "done",
      wasClean: true,
    });
    await vi.waitFor(() => {
      expect(server!.clients.size).toBe(0);
    });
    expect(told).toEqual([
      ["open", "chat", url],
      ["message", "h\u00e9llo"],
      ["message", Buffer.from([1, 2, 3])],
      ["close", 4000, "done"],
    ]);
  });

  test("over TLS", async () => {
    const { url, port } = await start({ tls: localhost, websocket: echo });
    expect(url).toBe(`wss://127.0.0.1:${port}/`);
    const socket = await connect(url, { ca: authority });
    socket.send("secret");
    expect((await once(socket, "message"))[0]).toMatchObject({ data: "secret" });
    const [peer] = server!.clients;
    expect(peer!.url).toBe(url);
  });

  test("over TLS, with no limit to the time of its handshake", async () => {
    await start({ tls: localhost, handshakeTimeout: 0, websocket: echo });
    expect((await connect(server!.url, { ca: authority })).readyState).toBe(1);
  });

  test("on a Unix socket", async () => {
    const folder = mkdtempSync(join(tmpdir(), "listen-"));
    const path = join(folder, "socket");
    try {
      await start({ unix: path, websocket: echo });
      expect([server!.url, server!.port]).toEqual([`ws+unix:${path}`, 0]);
      const socket = await connect("ws://localhost/", { net: { path } });
      socket.send("local");
      expect((await once(socket, "message"))[0]).toMatchObject({ data: "local" });
      await server!.stop();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const refusals: [name: string, request: string, answer: RegExp][] = [
    ["an ordinary request", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1\.1 4(?:00|26) /],
    [
      "another version",
      opening({ "Sec-WebSocket-Version": "12" }),
      /^HTTP\/1\.1 426 [^]*Sec-WebSocket-Version: 13/i,
    ],
    ["no HTTP at all", "\u0016\u0003\u0001 hello\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["a head without end", `GET / HTTP/1.1\r\nX: ${"a".repeat(20_000)}`, /^HTTP\/1\.1 431 /],
    ["another path", opening({}, "/elsewhere"), /^HTTP\/1\.1 404 /],
  ];
  test.each(refusals)(
    "refuses %s in HTTP, and no handler hears of it",
    async (_, request, answer) => {
      const told: string[] = [];
      const { port } = await start({
        path: "/",
        websocket: {
          open: () => told.push("open"),
          close: () => told.push("close"),
          error: () => told.push("error"),
        },
      });
      const socket = net.connect(port, "127.0.0.1");
      socket.write(request, "latin1");
      expect(await readAll(socket)).toMatch(answer);
      expect(told).toEqual([]);
    },
  );

  test("a query is no part of the path", async () => {
    await start({ path: "/chat", websocket: echo });
    const socket = await connect(`${server!.url}?room=1`);
    expect(socket.readyState).toBe(1);
  });

  test("a silent connection is dropped after handshakeTimeout", async () => {
    const { port } = await start({ handshakeTimeout: 50, websocket: echo });
    const socket = net.connect(port, "127.0.0.1");
    await readAll(socket);
    expect(socket.destroyed).toBe(true);
  });

  test("a TLS handshake that never ends is dropped after handshakeTimeout", async () => {
    const { port } = await start({ handshakeTimeout: 50, tls: localhost, websocket: echo });
    const socket = net.connect(port, "127.0.0.1");
    await readAll(socket);
    expect(socket.destroyed).toBe(true);
  });
});

describe("the upgrade handler", () => {
  test("sees the request, and chooses the subprotocol and headers", async () => {
    const { url } = await start({
      websocket: {
        upgrade: ({ target, headers }) => ({
          protocols: ["b"],
          headers: { "X-Seen": `${target} ${headers.get("x-token")}` },
        }),
      },
    });
    const socket = await connect(`${url}path?q`, {
      protocols: ["a", "b"],
      headers: { "X-Token": "t" },
    });
    expect([socket.protocol, socket.headers!["x-seen"]]).toEqual(["b", "/path?q t"]);
  });

  test("refuses", async () => {
    const { url } = await start({
      websocket: { upgrade: () => ({ status: 403, headers: { "X-Why": "no token" } }) },
    });
    await expect(connect(url)).rejects.toMatchObject({ name: "ConnectError", status: 403 });
  });

  test("takes its time: frames that come meanwhile are not lost", async () => {
    const told: unknown[] = [];
    const { port } = await start({
      websocket: {
        upgrade: () =>
          new Promise((resolve) => {
            setTimeout(() => {
              resolve(undefined);
            }, 50);
          }),
        message: (_, data) => told.push(data),
        close: (_, code) => told.push(code),
      },
    });
    const socket = net.connect(port, "127.0.0.1");
    socket.write(
      Buffer.concat([Buffer.from(opening()), Buffer.from("818100000000", "hex"), Buffer.from("a")]),
    );
    await new Promise((resolve) => setTimeout(resolve, 10));
    socket.write(
      Buffer.concat([
        Buffer.from("818100000000", "hex"),
        Buffer.from("b"),
        Buffer.from("888200000000", "hex"),
        Buffer.from("03e8", "hex"),
      ]),
    );
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 101 /);
    await vi.waitFor(() => {
      expect(told).toEqual(["a", "b", 1000]);
    });
  });

  test("a client that goes meanwhile harms nothing", async () => {
    let decide = (): void => {};
    const { port } = await start({
      websocket: {
        upgrade: () =>
          new Promise((resolve) => {
            decide = () => {
              resolve(undefined);
            };
          }),
      },
    });
    const socket = net.connect(port, "127.0.0.1");
    socket.write(opening());
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 20));
    decide();
    await server!.stop();
  });

  test.each<[name: string, upgrade: () => never | Promise<never>]>([
    [
      "throws",
      () => {
        throw new Error("from the application");
      },
    ],
    ["rejects", () => Promise.reject(new Error("from the application"))],
  ])("that %s: 500, and a warning", async (_, upgrade) => {
    const { url } = await start({ websocket: { upgrade } });
    const warn = warnings();
    await expect(connect(url)).rejects.toMatchObject({ status: 500 });
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining("from the application"), "SansocketWarning"],
    ]);
  });

  test("that chooses a header which may not be sent: 500, and a warning", async () => {
    const { url } = await start({
      websocket: { upgrade: () => ({ headers: { "X-Bad": "a\r\nb" } }) },
    });
    const warn = warnings();
    await expect(connect(url)).rejects.toMatchObject({ status: 500 });
    expect(warn.mock.calls).toEqual([[expect.stringContaining("X-Bad"), "SansocketWarning"]]);
  });
});

describe("stopping", () => {
  test("tells every client 1001, and resolves when all are gone", async () => {
    const { url } = await start({ websocket: {} });
    const sockets = await Promise.all([connect(url), connect(url), connect(url)]);
    const closes = sockets.map(async (socket) => (await once(socket, "close"))[0] as unknown);
    await server!.stop();
    expect(await Promise.all(closes)).toEqual(
      sockets.map(
        () =>
          expect.objectContaining({
            code: 1001,
            reason: "The server is going away",
            wasClean: true,
          }) as unknown,
      ),
    );
    await expect(connect(url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("does not wait longer than the timeout for a client that says nothing", async () => {
    const { port } = await start({ websocket: {} });
    const socket = net.connect(port, "127.0.0.1");
    socket.write(opening());
    await once(socket, "data");
    await server!.stop({ timeout: 50 });
    await readAll(socket);
  });

  test.each<[name: string, tls: tls.TlsOptions | undefined]>([
    ["TCP", undefined],
    ["a TLS handshake", localhost],
  ])("by force, drops even a silent %s at once", async (_, tls) => {
    const { port } = await start({ tls, websocket: {} });
    const socket = net.connect(port, "127.0.0.1");
    await once(socket, "connect");
    await new Promise((resolve) => setTimeout(resolve, 20));
    await server!.stop({ force: true });
    await readAll(socket);
  });
});

describe("what cannot be", () => {
  test("a port that is taken is told in a sentence", async () => {
    const { port } = await start({ websocket: {} });
    const second = listen({ port, hostname: "127.0.0.1", websocket: {} });
    await expect(second.ready).rejects.toMatchObject({
      name: "ListenError",
      code: "EADDRINUSE",
      message: `127.0.0.1:${port} is taken: stop what listens there, or choose another port (0 lets the system choose).`,
    });
    await second.stop();
  });

  test("an option that is not known, or out of range, is refused before anything listens", () => {
    expect(() => listen({ websocket: {}, maxMesageSize: 1 } as never)).toThrow(
      "Unrecognized option: maxMesageSize; is maxMessageSize meant?",
    );
    expect(() => listen({ websocket: {}, maxMessageSize: -1 })).toThrow(/maxMessageSize: expected/);
  });
});
