/** Foreign peers over HTTP/2. `ws` has no HTTP/2 of its own, but takes any stream once it is open. */
import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import WS from "ws";
import { connect, serve } from "../../src/index.ts";
import { authority, localhost } from "../fixtures/certificates.ts";
import { sessionTo } from "../http2/session.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** Members of `ws` for this purpose, which its documentation does not list. */
type Settable = WS & {
  _isServer: boolean;
  setSocket(socket: unknown, head: Buffer, options: object): void;
};

/** A `ws` of either role on a stream. */
function wsOn(stream: http2.Http2Stream, role: "server" | "client"): WS {
  const ws = new (
    WS as unknown as new (address: null, protocols?: undefined, options?: object) => Settable
  )(null, undefined, { closeTimeout: 30_000 });
  ws._isServer = role === "server";
  ws.setSocket(stream, Buffer.alloc(0), {
    allowSynchronousEvents: true,
    maxPayload: 1 << 27,
    skipUTF8Validation: false,
  });
  return ws;
}

const sizes = [0, 125, 126, 65_535, 65_536, 1_000_000];

describe.each([
  ["h2c", {}],
  ["TLS", { tls: localhost }],
])("over %s", (_, secure) => {
  test("ws as client of our server", async () => {
    const closes: unknown[] = [];
    const server = serve({
      hostname: "127.0.0.1",
      http2: true,
      ...secure,
      websocket: {
        message: (socket, data) => {
          socket.send(data);
        },
        close: (_socket, code, reason) => {
          closes.push([code, reason]);
        },
      },
    });
    await server.ready;
    const session = await sessionTo(server.url);
    cleanups.push(
      () => server.stop({ force: true }),
      () => {
        session.destroy();
      },
    );
    const stream = session.request(
      {
        ":method": "CONNECT",
        ":protocol": "websocket",
        ":path": "/",
        "sec-websocket-version": "13",
      },
      { endStream: false },
    );
    await once(stream, "response");
    const ws = wsOn(stream, "client");
    for (const size of sizes) {
      ws.send("é".repeat(size >> 1));
      expect(String((await once(ws, "message"))[0])).toBe("é".repeat(size >> 1));
      ws.send(Buffer.alloc(size, 7));
      expect(Buffer.alloc(size, 7).equals((await once(ws, "message"))[0] as Buffer)).toBe(true);
    }
    ws.close(3000, "bye");
    expect((await once(ws, "close"))[0]).toBe(3000);
    await vi.waitFor(() => {
      expect(closes).toEqual([[3000, "bye"]]);
    });
  });

  test("ws as server of our client", async () => {
    const settings = { enableConnectProtocol: true };
    const server =
      "tls" in secure
        ? http2.createSecureServer({ ...localhost, settings })
        : http2.createServer({ settings });
    server.on("stream", (stream) => {
      stream.respond({ ":status": 200 });
      const ws = wsOn(stream, "server");
      ws.on("message", (data, isBinary) => {
        ws.send(data, { binary: isBinary });
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanups.push(() => {
      server.close();
    });
    const socket = await connect(
      `${"tls" in secure ? "wss" : "ws"}://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      { http2: true, ca: authority },
    );
    for (const size of sizes) {
      socket.send("é".repeat(size >> 1));
      expect((await once(socket, "message"))[0]).toMatchObject({ data: "é".repeat(size >> 1) });
    }
    socket.close(3000, "bye");
    expect(await socket.closed).toMatchObject({ code: 3000, reason: "bye", wasClean: true });
  });
});
