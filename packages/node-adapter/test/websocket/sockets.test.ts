/** Features of sockets beside events, over real sockets and with npm ws: promises, loops, Web Streams, messages larger than memory, broadcasts. */
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterEach, describe, expect, test } from "vitest";
import WsClient, { WebSocketServer } from "ws";
import {
  broadcast,
  connect,
  type MessagePiece,
  prepare,
  serve,
  type WebSocket,
} from "../../src/index.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(
  open: (socket: WebSocket) => unknown,
  options: Partial<Parameters<typeof serve>[0]> = {},
): Promise<string> {
  const server = serve({
    port: 0,
    hostname: "127.0.0.1",
    ...options,
    websocket: {
      open: (socket) => {
        Promise.resolve(open(socket)).catch(() => {});
      },
    },
  });
  stops.push(() => server.stop({ force: true }));
  await server.ready;
  return server.url;
}

const MIB = 1024 * 1024;
/** 256 MiB, a chunk at a time. */
const total = 256 * MIB;
const chunk = Buffer.alloc(64 * 1024, 0x61);
function* source(): Generator<Buffer> {
  for (let sent = 0; sent < total; sent += chunk.length) yield chunk;
}
/** The most memory the process has held beyond what it had. */
function watchMemory(): () => number {
  const held = (): number => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = held();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, held());
  }, 5);
  return () => {
    clearInterval(timer);
    return most - before;
  };
}

test("an echo server and a client that are loops", async () => {
  const url = await start(async (socket) => {
    for await (const message of socket) socket.send(message);
  });
  await using client = await connect(url);
  const messages = client.messages();
  for (const text of ["a", "ü", "c"]) {
    client.send(text);
    expect((await messages.next()).value).toBe(text);
  }
});

test("what a server says at once is not missed by a loop behind await opened", async () => {
  const url = await start((socket) => {
    for (let i = 0; i < 100; i++) socket.send(String(i));
    socket.close();
  });
  const seen: unknown[] = [];
  const client = await new (await import("../../src/index.ts")).Client(url).opened;
  await Promise.resolve();
  for await (const message of client) seen.push(message);
  expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
  expect(await client.closed).toEqual({ code: 1000, reason: "", wasClean: true });
});

test("Web Streams with ws at the other end", async () => {
  const peers = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  stops.push(() => {
    peers.close();
  });
  await once(peers, "listening");
  peers.on("connection", (peer) =>
    peer.on("message", (data, isBinary) => {
      peer.send(data, { binary: isBinary });
    }),
  );
  const client = await connect(`ws://127.0.0.1:${(peers.address() as { port: number }).port}/`);
  const { readable, writable } = client.stream();
  const reader = readable.getReader();
  const writer = writable.getWriter();
  for (const text of ["a", "b"]) {
    await writer.write(text);
    expect((await reader.read()).value).toBe(text);
  }
  await writer.close();
  expect(await reader.read()).toEqual({ done: true, value: undefined });
});

describe("256 MiB in one message, and little memory", () => {
  test("from us to us, server to client, by a loop of pieces", { timeout: 60_000 }, async () => {
    let sent: Promise<boolean> | undefined;
    const url = await start((socket) => {
      sent = socket.sendStream(source());
    });
    const memory = watchMemory();
    const client = await connect(url);
    let size = 0;
    let count = 0;
    for await (const message of client.messages({ stream: true })) {
      count++;
      expect(message.isBinary).toBe(true);
      for await (const piece of message) size += piece.length;
      break;
    }
    expect([size, count, await sent]).toEqual([total, 1, true]);
    expect(memory()).toBeLessThan(96 * MIB);
    client.terminate();
  });

  test("from ws, a slow reader holding it back", { timeout: 60_000 }, async () => {
    let read = 0;
    let done!: () => void;
    const over = new Promise<void>((resolve) => {
      done = resolve;
    });
    const url = await start(async (socket) => {
      for await (const message of socket.messages({ stream: true })) {
        for await (const piece of message) {
          read += piece.length;
          if (read % (16 * MIB) === 0)
            await new Promise((resolve) => {
              setTimeout(resolve, 1);
            });
        }
        done();
      }
    });
    const client = new WsClient(url, { perMessageDeflate: false });
    const memory = watchMemory();
    stops.push(() => {
      client.terminate();
    });
    await once(client, "open");
    const chunks = [...Array(total / chunk.length).keys()];
    for (const i of chunks) {
      await new Promise<void>((resolve) => {
        client.send(chunk, { fin: i === chunks.length - 1, binary: true }, () => {
          resolve();
        });
      });
    }
    await over;
    expect(read).toBe(total);
    expect(memory()).toBeLessThan(96 * MIB);
  });

  test(
    "a Node stream out of a client, masked, and a pipeline in",
    { timeout: 60_000 },
    async () => {
      let size = 0;
      let done!: () => void;
      const over = new Promise<void>((resolve) => {
        done = resolve;
      });
      const url = await start(async (socket) => {
        for await (const message of socket.messages({ stream: true })) {
          await pipeline(message, async function (pieces: AsyncIterable<MessagePiece>) {
            for await (const piece of pieces) size += piece.length;
          });
          done();
        }
      });
      const memory = watchMemory();
      const client = await connect(url);
      expect(await client.sendStream(Readable.from(source()))).toBe(true);
      await over;
      expect(size).toBe(total);
      expect(memory()).toBeLessThan(96 * MIB);
      client.terminate();
    },
  );
});

test("ws takes a message of ours in pieces as one, with a ping in between", async () => {
  const url = await start(async (socket) => {
    await socket.sendStream(
      (async function* () {
        yield "ä";
        socket.ping("between");
        await new Promise((resolve) => {
          setTimeout(resolve, 10);
        });
        yield "ö";
      })(),
    );
    socket.send("next");
  });
  const client = new WsClient(url);
  const seen: unknown[] = [];
  stops.push(() => {
    client.terminate();
  });
  client.on("ping", (data) => {
    seen.push(`ping ${data.toString()}`);
  });
  client.on("message", (data, isBinary) => {
    seen.push([data.toString(), isBinary]);
  });
  while (seen.length < 3) await once(client, "message");
  expect(seen).toEqual(["ping between", ["äö", false], ["next", false]]);
});

test.each([
  ["whole", false],
  ["in small chunks", true],
])("a compressed message comes whole to a reader of pieces: %s", async (_, inPieces) => {
  const url = await start(
    async (socket) => {
      for await (const message of socket.messages({ stream: true }))
        socket.send(await message.text());
    },
    { perMessageDeflate: { threshold: 0 } },
  );
  const client = new WsClient(url, { perMessageDeflate: { threshold: 0 } });
  stops.push(() => {
    client.terminate();
  });
  await once(client, "open");
  if (inPieces) client.send("a".repeat(500), { fin: false, compress: false });
  client.send("a".repeat(500), { fin: true });
  expect(String((await once(client, "message"))[0])).toHaveLength(inPieces ? 1000 : 500);
});

describe("broadcast", () => {
  test.each([
    ["plain", undefined],
    ["compressed", { threshold: 0 }],
    ["compressed, each with its context", { threshold: 0, serverNoContextTakeover: false }],
  ])("to ws and to us, %s", async (_, perMessageDeflate) => {
    const sockets: WebSocket[] = [];
    const url = await start(
      (socket) => {
        sockets.push(socket);
      },
      { perMessageDeflate },
    );
    const theirs = await Promise.all(
      [1, 2].map(async () => {
        const client = new WsClient(url, { perMessageDeflate: perMessageDeflate !== undefined });
        stops.push(() => {
          client.terminate();
        });
        await once(client, "open");
        return client;
      }),
    );
    const ours = await connect(url, { perMessageDeflate: perMessageDeflate !== undefined });
    const seen = [
      ...theirs.map((client) => once(client, "message")),
      once(ours, "message").then(([event]) => [(event as { data: unknown }).data]),
    ];
    while (sockets.length < 3)
      await new Promise((resolve) => {
        setTimeout(resolve, 1);
      });
    expect(broadcast(sockets, "hé".repeat(200))).toBe(3);
    expect((await Promise.all(seen)).map(([data]) => String(data))).toEqual(
      Array(3).fill("hé".repeat(200)),
    );
    const again = theirs.map((client) => once(client, "message"));
    broadcast(sockets, prepare(Buffer.alloc(100_000, 1)), { except: ours.url === "" ? ours : [] });
    expect(
      (await Promise.all(again)).every(([data]) =>
        (data as Buffer).equals(Buffer.alloc(100_000, 1)),
      ),
    ).toBe(true);
    ours.terminate();
  });
});

test("bufferedAmount is what has not left, and nothing once it has", async () => {
  let socket!: WebSocket;
  const url = await start((opened) => {
    socket = opened;
  });
  const client = new WsClient(url);
  stops.push(() => {
    client.terminate();
  });
  await once(client, "open");
  client.pause();
  while (socket.send(Buffer.alloc(MIB)))
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  for (let i = 0; i < 8; i++) socket.send(Buffer.alloc(MIB));
  expect(socket.bufferedAmount).toBeGreaterThan(8 * MIB);
  client.resume();
  while (socket.bufferedAmount > 0) await once(socket, "drain");
  expect(socket.bufferedAmount).toBe(0);
});
