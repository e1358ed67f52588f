/** The origins whose pages may connect, and the refusal of others: over real sockets, by every way to open. */
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { connect, listen, reject, serve, upgrade, WebSocket } from "../../src/index.ts";
import { opening, readAll } from "./raw.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

type OnUpgrade = (request: http.IncomingMessage, socket: Duplex, head: Buffer) => void;

async function onUpgrade(handle: OnUpgrade): Promise<number> {
  const server = http.createServer().on("upgrade", handle).listen(0, "127.0.0.1");
  cleanups.push(() => {
    server.close().closeAllConnections();
  });
  await once(server, "listening");
  return (server.address() as net.AddressInfo).port;
}

type Serve = typeof serve | typeof listen;
async function served(make: Serve, options: Partial<Parameters<Serve>[0]> = {}): Promise<number> {
  const server = make({ port: 0, hostname: "127.0.0.1", websocket: {}, ...options });
  cleanups.push(() => server.stop({ force: true }));
  await server.ready;
  return server.port;
}

/** The status and body of the answer to an opening from `origin`. */
async function answerTo(
  port: number,
  fields: Record<string, string>,
): Promise<[status: number, body: string]> {
  const socket = net.connect(port, "127.0.0.1");
  cleanups.push(() => socket.destroy());
  socket.write(opening({ Host: `127.0.0.1:${port}`, ...fields }));
  const head = String((await once(socket, "data"))[0]);
  const status = Number(head.split(" ", 2)[1]);
  if (status === 101) return [101, ""];
  const rest = socket.closed ? "" : await readAll(socket);
  return [status, (head + rest).split("\r\n\r\n")[1] ?? ""];
}

describe.each<[name: string, start: (origins: unknown) => Promise<number>, isOpen: boolean]>([
  [
    "upgrade",
    (origins) =>
      onUpgrade((request, socket, head) => {
        upgrade(request, socket, head, { origins: origins as never });
      }),
    false,
  ],
  ["serve", (origins) => served(serve, { origins: origins as never }), false],
  ["listen", (origins) => served(listen, { origins: origins as never }), false],
  [
    "the compatible constructor",
    (origins) =>
      onUpgrade((request, socket, head) => {
        new WebSocket(request, socket, head, [], { origins: origins as never });
      }),
    true,
  ],
])("%s", (_, start, isOpen) => {
  test("by itself takes pages of its own origin, and programs", async () => {
    const port = await start(undefined);
    expect(await answerTo(port, {})).toEqual([101, ""]);
    expect(await answerTo(port, { Origin: `http://127.0.0.1:${port}` })).toEqual([101, ""]);
    expect(
      await answerTo(port, {
        "Sec-WebSocket-Version": "8",
        "Sec-WebSocket-Origin": `http://127.0.0.1:${port}`,
      }),
    ).toEqual([101, ""]);
  });

  test(`by itself ${isOpen ? "takes" : "refuses"} other sites' pages`, async () => {
    const port = await start(undefined);
    const evil = "https://evil.example";
    for (const fields of [
      { Origin: evil },
      { Origin: "null" },
      { "Sec-WebSocket-Version": "8", "Sec-WebSocket-Origin": evil },
    ]) {
      const [status, body] = await answerTo(port, fields);
      expect(status).toBe(isOpen ? 101 : 403);
      if (!isOpen)
        expect(body).toContain(
          `may not connect: it is not that of this server (127.0.0.1:${port})`,
        );
    }
  });

  test("takes what it is told to", async () => {
    const port = await start(["https://a.example"]);
    expect([
      (await answerTo(port, { Origin: "https://a.example" }))[0],
      (await answerTo(port, { Origin: `http://127.0.0.1:${port}` }))[0],
    ]).toEqual([101, 403]);
    expect((await answerTo(await start("*"), { Origin: "https://evil.example" }))[0]).toBe(101);
    expect(
      (await answerTo(await start((origin: string | undefined) => origin !== undefined), {}))[0],
    ).toBe(403);
  });
});

test.each<[name: string, make: Serve]>([
  ["serve", serve],
  ["listen", listen],
])("%s throws for origins that are none", (_, make) => {
  expect(() => make({ port: 0, websocket: {}, origins: ["example.com"] })).toThrow(
    'origins: expected entries such as "https://example.com"',
  );
});

test("who is refused is told by the WebSocket that upgrade() has made", async () => {
  const told: unknown[] = [];
  const port = await onUpgrade((request, socket, head) => {
    upgrade(request, socket, head)
      .on("error", ({ code, message, offset }) => told.push(code, message, offset))
      .on("close", ({ code }) => told.push(code));
  });
  await answerTo(port, { Origin: "https://evil.example" });
  await expect
    .poll(() => told)
    .toEqual([
      "handshake-failed",
      expect.stringContaining("https://evil.example may not connect"),
      undefined,
      1002,
    ]);
});

describe("any HTTP response refuses", () => {
  const later = () =>
    new Promise((resolve) => {
      setTimeout(resolve, 20);
    });

  test("after upgrade: reject(), at once or later, in core's words or fetch's", async () => {
    const port = await onUpgrade(async (request, socket, head) => {
      socket.on("error", () => {});
      if (request.url === "/now")
        return reject(socket, {
          status: 401,
          headers: { "WWW-Authenticate": "Basic" },
          body: "who?",
        });
      await later();
      if (request.url === "/json")
        return reject(
          socket,
          Response.json({ wait: 5 }, { status: 503, headers: { "Retry-After": "5" } }),
        );
      upgrade(request, socket, head);
    });
    const status = (path: string) =>
      connect(`ws://127.0.0.1:${port}${path}`).then(
        (ws) => {
          ws.terminate();
          return 101;
        },
        (error: { status: number }) => error.status,
      );
    expect(await Promise.all([status("/now"), status("/json"), status("/")])).toEqual([
      401, 503, 101,
    ]);
  });

  test.each<[name: string, make: Serve]>([
    ["serve", serve],
    ["listen", listen],
  ])("from %s's upgrade handler", async (_, make) => {
    const port = await served(make, {
      websocket: {
        async upgrade({ target }) {
          await later();
          if (target === "/response")
            return new Response("who?", { status: 401, headers: { "X-A": "1" } });
          return target === "/refusal"
            ? { status: 302, headers: { Location: "/" }, body: "" }
            : undefined;
        },
      },
    });
    const answers = await Promise.all(
      ["/response", "/refusal", "/"].map((path) =>
        connect(`ws://127.0.0.1:${port}${path}`).then(
          (ws) => {
            ws.terminate();
            return 101;
          },
          (error: { status: number }) => error.status,
        ),
      ),
    );
    expect(answers).toEqual([401, 302, 101]);
  });
});
