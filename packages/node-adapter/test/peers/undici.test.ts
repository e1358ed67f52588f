import { WebSocket as Undici } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SocketServer, serve, type WebSocket } from "../../src/index.ts";

let server: SocketServer;
let latest: WebSocket;

beforeAll(async () => {
  server = serve({
    hostname: "127.0.0.1",
    protocols: ["chat"],
    websocket: {
      open: (socket) => {
        latest = socket;
      },
      message: (socket, data) => {
        socket.send(data);
      },
    },
  });
  await server.ready;
});
afterAll(() => server.stop({ force: true }));

/** The next event of a kind. */
function next<T>(socket: Undici, type: string): Promise<T> {
  return new Promise((resolve, reject) => {
    socket.addEventListener(
      type as "message",
      (event) => {
        resolve(event as T);
      },
      { once: true },
    );
    socket.addEventListener(
      "error",
      () => {
        reject(new Error(`an error before ${type}`));
      },
      { once: true },
    );
  });
}

async function opened(protocols: string[] = []): Promise<Undici> {
  const socket = new Undici(server.url, protocols);
  socket.binaryType = "arraybuffer";
  await next(socket, "open");
  return socket;
}

test.each([0, 1, 125, 126, 65_535, 65_536, 1_000_000])(
  "text and binary of %i bytes come back",
  async (size) => {
    const socket = await opened();
    const bytes = Uint8Array.from({ length: size }, (_, at) => at * 7);
    const text = "é".repeat(size >> 1);
    socket.send(bytes);
    expect(
      Buffer.from((await next<{ data: ArrayBuffer }>(socket, "message")).data).equals(bytes),
    ).toBe(true);
    socket.send(text);
    expect((await next<{ data: string }>(socket, "message")).data === text).toBe(true);
    socket.close();
  },
);

test("the subprotocol is agreed on", async () => {
  const socket = await opened(["other", "chat"]);
  expect([socket.protocol, latest.protocol]).toEqual(["chat", "chat"]);
  socket.close();
});

test.each([
  [1000, "done"],
  [3001, ""],
  [4999, "bye"],
] as const)("its close %i is answered in good order", async (code, reason) => {
  const socket = await opened();
  const closed = next<{ code: number; wasClean: boolean }>(socket, "close");
  const ours = new Promise((resolve) => {
    latest.once("close", ({ code, reason }) => {
      resolve([code, reason]);
    });
  });
  socket.close(code, reason);
  expect([(await closed).code, (await closed).wasClean, await ours]).toEqual([
    code,
    true,
    [code, reason],
  ]);
});

test("our close is heard in good order", async () => {
  const socket = await opened();
  const closed = next<{ code: number; reason: string; wasClean: boolean }>(socket, "close");
  latest.close(3333, "enough");
  const { code, reason, wasClean } = await closed;
  expect([code, reason, wasClean]).toEqual([3333, "enough", true]);
});

test("our ping is answered", async () => {
  const socket = await opened();
  await new Promise<void>((resolve) => {
    latest.ping("?", resolve);
  });
  socket.close();
});
