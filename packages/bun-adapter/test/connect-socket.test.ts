import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import tls from "node:tls";
import { eventually } from "../../core/src/testing/assertion.ts";
import { Taker } from "../../core/testing/server/transports.ts";
import { authority, certificate } from "../../core/testing/harness/raw-streams.ts";
import { connectDirectly } from "../src/connect-socket.ts";
import { BunTransport } from "../src/transport.ts";

type Options = Parameters<typeof connectDirectly>[1];

/** Runs `use` with a server that tells how many connections it has. */
async function withServer(
  server: net.Server,
  use: (port: number, open: Set<net.Socket>) => Promise<void>,
): Promise<void> {
  const open = new Set<net.Socket>();
  server
    .on("connection", (socket: net.Socket) => {
      open.add(
        socket
          .on("error", () => {})
          .on("close", () => {
            open.delete(socket);
          }),
      );
    })
    .on("tlsClientError", () => {});
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    await use((server.address() as net.AddressInfo).port, open);
  } finally {
    for (const socket of open) socket.destroy();
    server.close();
  }
}
const native = (url: string, options: Options = {}): BunTransport => {
  const transport = connectDirectly(new URL(url), options);
  assert.ok(transport instanceof BunTransport);
  return transport;
};

/** Why a connection cannot be had. */
async function failure(
  url: string,
  options?: Options,
): Promise<{ code?: unknown; message?: unknown }> {
  const taker = new Taker();
  native(url, options).bind(taker);
  await taker.hears("gone");
  assert.deepEqual(taker.heard, ["gone"]);
  return taker.cause as { code?: unknown };
}

const ways: [name: string, options: Options, isNative: boolean][] = [
  ["nothing", {}, true],
  ["an authority", { ca: authority }, true],
  ["a host and a port in place of the URL's", { net: { host: "127.0.0.1", port: 1 } }, true],
  [
    "certificates and a name",
    { tls: { cert: "", key: "", servername: "a", rejectUnauthorized: false } },
    true,
  ],
  ["what is undefined", { net: { lookup: undefined }, tls: { ciphers: undefined } }, true],
  [
    "a lookup",
    {
      net: {
        lookup: (_, __, callback) => {
          callback(null, "127.0.0.1", 4);
        },
      },
    },
    false,
  ],
  ["ciphers", { tls: { ciphers: "HIGH" } }, false],
];
for (const [name, options, isNative] of ways) {
  test(`given ${name}, it goes by ${isNative ? "Bun.connect" : "node:net and node:tls"}`, async () => {
    const wire = connectDirectly(new URL("ws://127.0.0.1:1/"), options);
    const taker = new Taker();
    assert.equal(wire instanceof BunTransport, isNative);
    if ("bind" in wire) {
      wire.bind(taker);
      await taker.hears("gone");
    } else await once(wire as net.Socket, "error").catch(() => {});
  });
}

test("nobody listens: told once, with the system's code", async () => {
  let free = 0;
  await withServer(net.createServer(), async (port) => {
    free = port;
  });
  assert.equal((await failure(`ws://127.0.0.1:${free}/`)).code, "ECONNREFUSED");
});

test("no such Unix socket: told once, with the system's code", async () => {
  assert.equal(
    (await failure("ws://localhost/", { net: { path: "/nowhere/there/is/none.sock" } })).code,
    "ENOENT",
  );
});

for (const [name, url, options] of [
  ["of an authority that is not trusted", "wss://localhost", {}],
  ["for another name", "wss://localhost", { ca: authority, tls: { servername: "example.com" } }],
] as [string, string, Options][]) {
  test(`a certificate ${name} is refused, and the connection closed`, () =>
    withServer(tls.createServer(certificate), async (port, open) => {
      assert.notEqual(
        (await failure(`${url}:${port}/`, { net: { host: "127.0.0.1" }, ...options })).message,
        undefined,
      );
      await eventually(() => open.size === 0, "the connection's end");
    }));
}

test("a server that hangs up instead of speaking TLS", () =>
  withServer(
    net.createServer((socket) => socket.resume().end("no TLS here\r\n")),
    async (port, open) => {
      await failure(`wss://127.0.0.1:${port}/`, { ca: authority });
      await eventually(() => open.size === 0, "the connection's end");
    },
  ));

test("given up while TLS is being agreed on, the connection is closed", () =>
  withServer(
    net.createServer((socket) => socket.resume()),
    async (port, open) => {
      const taker = new Taker();
      const transport = native(`wss://127.0.0.1:${port}/`, { ca: authority });
      transport.bind(taker);
      await eventually(() => open.size === 1, "a connection");
      assert.deepEqual(taker.heard, []);
      transport.destroy();
      await taker.hears("gone");
      await eventually(() => open.size === 0, "its end");
    },
  ));

test("given up at once, nothing is left open", () =>
  withServer(
    net.createServer((socket) => socket.resume()),
    async (port, open) => {
      const taker = new Taker();
      const transport = native(`ws://127.0.0.1:${port}/`);
      transport.bind(taker);
      transport.write(Uint8Array.of(1));
      transport.destroy();
      await taker.hears("gone");
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
      assert.deepEqual([taker.heard, open.size], [["gone"], 0]);
    },
  ));

test("what is written at once waits for the connection", () =>
  withServer(tls.createServer({ ...certificate, allowHalfOpen: true }), async (port) => {
    const taker = new Taker();
    const transport = native(`wss://localhost:${port}/`, { ca: authority });
    transport.bind(taker);
    transport.write(Buffer.from("GET / "));
    transport.write(Buffer.from("HTTP/1.1"));
    assert.equal(transport.bufferedBytes, 14);
    await taker.hears("drain");
    assert.equal(transport.bufferedBytes, 0);
    transport.destroy();
  }));
