import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import tls from "node:tls";
import { eventually } from "../../core/src/testing/assertion.ts";
import { requestHead } from "../../core/src/testing/wire/line.ts";
import { authority, certificate } from "../../core/testing/harness/raw-streams.ts";
import { connect, listen, type ListenOptions, type SocketServer } from "../src/index.ts";

const echo: ListenOptions["websocket"] = {
  message(socket, data) {
    socket.send(data);
  },
};

async function withServer(
  options: Partial<ListenOptions>,
  use: (server: SocketServer) => Promise<void>,
): Promise<void> {
  const server = listen({ hostname: "127.0.0.1", websocket: echo, ...options });
  await server.ready;
  try {
    await use(server);
  } finally {
    await server.stop({ force: true });
  }
}

/** Sends a message there and back. */
async function converse(url: string, options: Parameters<typeof connect>[1] = {}): Promise<void> {
  const socket = await connect(url, { ca: authority, ...options });
  const answer = new Promise((resolve) => {
    socket.on("message", ({ data }) => {
      resolve(data);
    });
  });
  socket.send("héllo");
  assert.equal(await answer, "héllo");
  socket.terminate();
}

/** All that answers what is written by hand, until the connection is gone. */
function exchange(socket: net.Socket, request: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket
      .setEncoding("latin1")
      .on("data", (chunk: string) => {
        text += chunk;
      })
      .on("error", () => {})
      .on("close", () => {
        resolve(text);
      })
      .write(request, "latin1");
  });
}

test("over TCP and TLS", async () => {
  await withServer({}, async ({ url, port }) => {
    assert.equal(url, `ws://127.0.0.1:${port}/`);
    await converse(url);
  });
  await withServer({ tls: certificate }, async ({ url, port }) => {
    assert.equal(url, `wss://127.0.0.1:${port}/`);
    await converse(url);
  });
});

test("on a Unix socket, which is taken away by stop(), so that the next can have it", async () => {
  const unix = join(tmpdir(), `sansocket-bun-${crypto.randomUUID()}.sock`);
  for (let round = 0; round < 2; round++) {
    await withServer({ unix }, async (server) => {
      assert.deepEqual([server.url, server.port], [`ws+unix:${unix}`, 0]);
      await converse("ws://localhost/", { socketPath: unix });
    });
    assert.equal(existsSync(unix), false);
  }
});

test("without a host name, on all addresses of IPv6 and IPv4", () =>
  withServer({ hostname: undefined }, async ({ port }) => {
    await converse(`ws://127.0.0.1:${port}/`);
    if (
      Object.values((await import("node:os")).networkInterfaces())
        .flat()
        .some((one) => one?.address === "::1")
    )
      await converse(`ws://[::1]:${port}/`);
  }));

for (const [name, options] of [
  ["a backlog", { backlog: 5 }],
  [
    "a wish for clients' certificates",
    { tls: { ...certificate, requestCert: true, rejectUnauthorized: false } },
  ],
] as [string, Partial<ListenOptions>][]) {
  test(`with ${name}, which Bun.listen does not know, all the same`, () =>
    withServer(options, ({ url }) => converse(url)));
}

test("a port that is taken: ready rejects, and says so", () =>
  withServer({}, async ({ port }) => {
    await assert.rejects(listen({ hostname: "127.0.0.1", port, websocket: {} }).ready, {
      name: "ListenError",
      code: "EADDRINUSE",
    });
  }));

test("a host that there is none of: ready rejects, and says so", async () => {
  await assert.rejects(listen({ hostname: "nobody.invalid", websocket: {} }).ready, {
    name: "ListenError",
    code: "ENOTFOUND",
  });
});

test("an option that is not known throws, and nothing listens", () => {
  assert.throws(() => listen({ maxMesageSize: 1, websocket: {} } as never), {
    name: "UsageError",
    message: "Unrecognized option: maxMesageSize; is maxMessageSize meant?",
  });
});

const refusals: [name: string, request: string, answer: RegExp][] = [
  ["an ordinary request", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1\.1 4(?:00|26) /],
  [
    "another version",
    requestHead({ "Sec-WebSocket-Version": "12" }),
    /^HTTP\/1\.1 426 [^]*Sec-WebSocket-Version: 13/i,
  ],
  ["no HTTP at all", "\u0016\u0003\u0001 hello\r\n\r\n", /^HTTP\/1\.1 400 /],
  ["a head without end", `GET / HTTP/1.1\r\nX: ${"a".repeat(20_000)}`, /^HTTP\/1\.1 431 /],
  ["another path", requestHead({}, "GET /elsewhere HTTP/1.1"), /^HTTP\/1\.1 404 /],
];
for (const [name, request, answer] of refusals) {
  test(`refuses ${name} in HTTP, and no handler hears of it`, async () => {
    const told: string[] = [];
    await withServer(
      {
        path: "/",
        websocket: {
          open: () => told.push("open"),
          close: () => told.push("close"),
          error: () => told.push("error"),
        },
      },
      async ({ port }) => {
        assert.match(await exchange(net.connect(port, "127.0.0.1"), request), answer);
        assert.deepEqual(told, []);
      },
    );
  });
}

for (const secure of [false, true]) {
  test(`a connection that says nothing is dropped after handshakeTimeout, ${secure ? "before TLS is agreed on" : "over TCP"}`, () =>
    withServer(
      { handshakeTimeout: 50, ...(secure ? { tls: certificate } : {}) },
      async ({ port }) => {
        await exchange(net.connect(port, "127.0.0.1"), "");
      },
    ));
}

test("a connection that says nothing over TLS is dropped after handshakeTimeout", () =>
  withServer({ handshakeTimeout: 50, tls: certificate }, async ({ port }) => {
    await exchange(tls.connect({ port, host: "127.0.0.1", ca: authority }), "");
  }));

test("what is no TLS harms nothing", () =>
  withServer({ tls: certificate }, async ({ port, url }) => {
    await exchange(net.connect(port, "127.0.0.1"), requestHead());
    await converse(url);
  }));

test("stop() waits for the sockets, and for connections that are none yet no longer than it takes to drop them", async () => {
  for (const options of [{}, { tls: certificate }]) {
    const server = listen({ hostname: "127.0.0.1", websocket: {}, ...options });
    await server.ready;
    const told: unknown[] = [];
    const socket = await connect(server.url, { ca: authority });
    const stray = net
      .connect(server.port, "127.0.0.1")
      .on("error", () => {})
      .resume();
    socket.on("close", ({ code }) => {
      told.push(code);
    });
    stray.on("close", () => {
      told.push("stray");
    });
    await eventually(() => server.clients.size === 1, "a socket");
    await server.stop({ timeout: 300 });
    await eventually(() => told.length === 2, "both ends");
    assert.deepEqual(told.includes(1001), true);
    await assert.rejects(connect(server.url, { ca: authority }), { code: "ECONNREFUSED" });
  }
});
