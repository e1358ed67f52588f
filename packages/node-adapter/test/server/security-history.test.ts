/** Failures of other implementations, which this one must not have, over real sockets: see `docs/security-history.md`. */
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import zlib from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import {
  Client,
  connect,
  EventSource,
  listen,
  serve,
  upgrade,
  WebSocket,
} from "../../src/index.ts";
import { BINARY, CLOSE, nextClose, pause, PING, PONG, rawPeers, TEXT } from "./by-hand.ts";
import { opening, readAll } from "./raw.ts";

const { open, knock } = rawPeers();
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function rawServer(answer: (socket: net.Socket, head: string) => void): Promise<number> {
  const server = net
    .createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (chunk) => {
        answer(socket, chunk.toString("latin1"));
      });
    })
    .listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(() => {
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

async function upgrading(
  accept: (request: http.IncomingMessage, socket: net.Socket, head: Buffer) => void,
): Promise<number> {
  const server = http.createServer().on("upgrade", accept).listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

describe("CVE-2016-10518 (ws): a number is what is sent, not a size of memory", () => {
  test.each(["ping", "pong"] as const)("%s(100)", async (method) => {
    const { peer, ws } = await open();
    ws[method](100 as unknown as string);
    const { opcode, payload } = await peer.frame();
    expect([opcode, Buffer.from(payload).toString()]).toEqual([
      method === "ping" ? PING : PONG,
      "100",
    ]);
  });

  test("send(100)", async () => {
    const { peer, ws } = await open();
    ws.send(100);
    const { opcode, payload } = await peer.frame();
    expect([opcode, Buffer.from(payload).toString()]).toEqual([TEXT, "100"]);
  });
});

describe("CVE-2026-45736 (ws): of a view, its own bytes", () => {
  const memory = Uint8Array.from({ length: 64 }, (_, at) => at).buffer;
  const views: [name: string, view: ArrayBufferView | ArrayBuffer, from: number, to: number][] = [
    ["Uint8Array", new Uint8Array(memory, 8, 16), 8, 24],
    ["Uint32Array", new Uint32Array(memory, 8, 4), 8, 24],
    ["Float64Array", new Float64Array(memory, 16, 2), 16, 32],
    ["DataView", new DataView(memory, 3, 5), 3, 8],
    ["Buffer", Buffer.from(memory, 1, 2), 1, 3],
    ["ArrayBuffer", memory, 0, 64],
  ];
  test.each(views)("send(%s)", async (_, view, from, to) => {
    const { peer, ws } = await open();
    ws.send(view);
    const { opcode, payload } = await peer.frame();
    expect([opcode, [...payload]]).toEqual([
      BINARY,
      [...new Uint8Array(memory).subarray(from, to)],
    ]);
  });

  test("close(1000, a view) sends its text, and none of what lies about it", async () => {
    const { peer, ws } = await open();
    ws.close(1000, new Uint32Array(memory, 8, 2) as unknown as string);
    const { opcode, payload } = await peer.frame();
    expect([opcode, Buffer.from(payload.subarray(2)).toString()]).toEqual([
      CLOSE,
      String(new Uint32Array(memory, 8, 2)),
    ]);
  });
});

test("websocket-driver 0.7.4: pongs named like properties of objects call nothing", async () => {
  const { peer, ws } = await open();
  let called = 0;
  ws.ping("mine", () => {
    called++;
  });
  for (const name of ["__proto__", "toString", "constructor", "hasOwnProperty", "mine", "mine"])
    peer.send({ opcode: PONG, payload: name });
  peer.send({ opcode: PING, payload: "end" });
  while ((await peer.frame()).opcode !== PONG);
  expect([called, ws.readyState]).toEqual([1, 1]);
});

describe("CVE-2024-37890 (ws): fields that Node has dropped", () => {
  test.each([WebSocket, upgrade])("%o of a request that lacks them", async (make) => {
    const {
      upgrade: [request, socket, head],
      peer,
    } = await knock();
    for (const name of ["upgrade", "connection", "sec-websocket-key"])
      Reflect.deleteProperty(request.headers, name);
    const ws =
      make === WebSocket ? new WebSocket(request, socket, head) : upgrade(request, socket, head);
    const closed = nextClose(ws);
    ws.on("error", () => {});
    expect((await peer.head()).startLine).toBe("HTTP/1.1 400 Bad Request");
    peer.end();
    expect((await closed)[0]).toBe(1002);
  });
});

describe("CVE-2026-54490 (websocket-driver), CVE-2026-1526 (undici): a bomb is refused while it inflates, by either role", () => {
  const bomb = zlib
    .deflateRawSync(Buffer.alloc(80_000_000), { finishFlush: zlib.constants.Z_SYNC_FLUSH })
    .subarray(0, -4);
  const frame = Buffer.concat([
    Buffer.of(0xc2, 127),
    Buffer.from(bomb.length.toString(16).padStart(16, "0"), "hex"),
    bomb,
  ]);

  test("server", async () => {
    const { peer, ws } = await open(
      { perMessageDeflate: true, maxLength: 1_000_000 },
      { "Sec-WebSocket-Extensions": "permessage-deflate" },
    );
    const closed = nextClose(ws);
    const before = process.memoryUsage().arrayBuffers;
    ws.on("error", () => {});
    peer.send({ opcode: BINARY, rsv: 4, payload: bomb });
    expect((await closed)[0]).toBe(1009);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32_000_000);
  });

  test("client", async () => {
    const { createHash } = await import("node:crypto");
    const port = await rawServer((socket, head) => {
      const key = /sec-websocket-key: (\S+)/i.exec(head)![1]!;
      const accept = createHash("sha1")
        .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest("base64");
      const terms = "permessage-deflate; server_no_context_takeover";
      socket.write(
        `HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Extensions: ${terms}\r\n\r\n`,
      );
      socket.write(frame);
    });
    const ws = new Client(`ws://127.0.0.1:${port}/`, [], {
      perMessageDeflate: true,
      maxLength: 1_000_000,
    });
    ws.on("error", () => {});
    expect((await nextClose(ws))[0]).toBe(1009);
  });
});

describe("CVE-2022-1650 (eventsource), websockets 16.1: credentials do not follow a redirect", () => {
  test.each([301, 302, 307, 308])("a WebSocket client follows none: %i", async (status) => {
    let elsewhere = 0;
    const other = await rawServer(() => {
      elsewhere++;
    });
    const port = await rawServer((socket) => {
      socket.end(
        `HTTP/1.1 ${status} Moved\r\nLocation: ws://127.0.0.1:${other}/\r\nContent-Length: 0\r\n\r\n`,
      );
    });
    await expect(
      connect(`ws://user:secret@127.0.0.1:${port}/`, { headers: { Cookie: "secret" } }),
    ).rejects.toThrow(`Unexpected response code: ${status}`);
    await pause(20);
    expect(elsewhere).toBe(0);
  });

  test("nor where one is followed, being asked for: not to another origin, whatever case they are written in", async () => {
    const heads: string[] = [];
    const other = await rawServer((socket, head) => {
      heads.push(head);
      socket.end("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    });
    const port = await rawServer((socket, head) => {
      heads.push(head);
      socket.end(
        `HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:${other}/there\r\nContent-Length: 0\r\n\r\n`,
      );
    });
    const headers = { cookie: "secret=1", "PROXY-Authorization": "secret", "X-Plain": "kept" };
    await expect(
      connect(`ws://user:secret@127.0.0.1:${port}/`, { headers, followRedirects: true }),
    ).rejects.toThrow("403");
    expect(
      heads.map((head) => [
        head.split(" ")[1],
        /secret|authorization|cookie/i.test(head),
        head.includes("X-Plain: kept"),
      ]),
    ).toEqual([
      ["/", true, true],
      ["/there", false, true],
    ]);
  });
});

describe("CVE-2025-24010 (vite), CVE-2018-14732 (webpack-dev-server), actix-web#113: pages of other origins", () => {
  const starts: [name: string, start: () => number | Promise<number>][] = [
    [
      "upgrade",
      () =>
        upgrading((request, socket, head) => {
          upgrade(request, socket, head).on("error", () => {});
        }),
    ],
    [
      "serve",
      async () => {
        const server = serve({ port: 0, hostname: "127.0.0.1", websocket: {} });
        stops.push(() => server.stop({ force: true }));
        await server.ready;
        return server.port;
      },
    ],
    [
      "listen",
      async () => {
        const server = listen({ port: 0, hostname: "127.0.0.1", websocket: {} });
        stops.push(() => server.stop({ force: true }));
        await server.ready;
        return server.port;
      },
    ],
  ];
  test.each(starts)("%s lets only its own connect", async (_, start) => {
    const port = await start();
    const own = `127.0.0.1:${port}`;
    for (const [origin, status] of [
      ["http://evil.example", 403],
      ["null", 403],
      [`http://${own}.evil.example`, 403],
      [`http://127.0.0.1:${port + 1}`, 403],
      [`http://${own}`, 101],
    ] as const) {
      const socket = net.connect(port, "127.0.0.1");
      const all = readAll(socket);
      socket.write(opening({ Host: own, Origin: origin }));
      socket.once("data", () => {
        socket.destroy();
      });
      expect((await all).slice(0, 12), origin).toBe(`HTTP/1.1 ${status}`);
    }
  });
});

describe("faye-websocket's EventSource", () => {
  async function stream(
    use: (source: EventSource, response: http.ServerResponse) => void,
  ): Promise<string> {
    const server = http
      .createServer((request, response) => {
        use(new EventSource(request, response, { ping: 0 }), response);
      })
      .listen(0, "127.0.0.1");
    await once(server, "listening");
    stops.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const socket = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
    const all = readAll(socket);
    socket.write("GET / HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n");
    return all;
  }

  test("no field is injected by event or id", async () => {
    const text = await stream((source) => {
      for (const evil of ["a\ndata: evil", "a\rdata: evil", "a\0"]) {
        expect(() => source.send("x", { event: evil })).toThrow(TypeError);
        expect(() => source.send("x", { id: evil })).toThrow(TypeError);
      }
      source.send("end");
      source.close();
    });
    expect(text).not.toContain("evil");
    expect(text).toContain("data: end");
  });

  test("a response that is destroyed on our side closes it", async () => {
    let told: (() => void) | undefined;
    const closed = new Promise<void>((resolve) => {
      told = resolve;
    });
    await stream((source, response) => {
      source.on("close", () => {
        told?.();
      });
      setTimeout(() => {
        response.destroy();
      }, 10);
    });
    await closed;
  });
});

test("driver: X-Forwarded-* makes nothing secure but in the compatible constructor", async () => {
  const seen: string[] = [];
  const port = await upgrading((request, socket, head) => {
    seen.push(upgrade(request, socket, head).url);
  });
  const socket = await connect(`ws://127.0.0.1:${port}/`, {
    headers: { "X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on" },
  });
  socket.terminate();
  expect(seen).toEqual([`ws://127.0.0.1:${port}/`]);
});

test("masking: what is sent is not changed in the caller's memory", async () => {
  const server = listen({ port: 0, hostname: "127.0.0.1", websocket: {} });
  stops.push(() => server.stop({ force: true }));
  await server.ready;
  const socket = await connect(server.url);
  const small = Buffer.alloc(100, 1);
  const large = Buffer.alloc(100_000, 2);
  socket.send(small);
  socket.send(large);
  await pause(20);
  expect([small.equals(Buffer.alloc(100, 1)), large.equals(Buffer.alloc(100_000, 2))]).toEqual([
    true,
    true,
  ]);
  socket.terminate();
});
