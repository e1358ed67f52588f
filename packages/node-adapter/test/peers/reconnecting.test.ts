/** Libraries that are given a class to connect by: `new WebSocket(url, protocols)` of ours in the place of a browser's. */
import { WebSocket as PartySocket } from "partysocket";
import ReconnectingWebSocket from "reconnecting-websocket";
import { afterEach, describe, expect, test } from "vitest";
import { serve, type SocketServer, WebSocket } from "../../src/index.ts";

// Its types are of CommonJS, where the module is the class.
const Reconnecting = ReconnectingWebSocket as unknown as new (...args: unknown[]) => object;

/** The members that the sockets of both libraries have. */
interface Socket {
  binaryType: string;
  readonly protocol: string;
  readonly readyState: number;
  send(data: string | ArrayBuffer): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: (event: never) => void): void;
}
type Make = (url: string, protocols: string[], options: object) => Socket;

const FAST = { minReconnectionDelay: 5, maxReconnectionDelay: 20, minUptime: 0 };
const libraries: readonly [name: string, make: Make][] = [
  [
    "partysocket",
    (url, protocols, options) =>
      new PartySocket(url, protocols, { ...FAST, ...options, WebSocket }) as never,
  ],
  [
    "reconnecting-websocket",
    (url, protocols, options) =>
      new Reconnecting(url, protocols, { ...FAST, ...options, WebSocket }) as never,
  ],
];

const running: SocketServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop({ force: true })));
});

async function echo(port = 0): Promise<SocketServer> {
  const server = serve({
    hostname: "127.0.0.1",
    port,
    protocols: ["chat"],
    websocket: {
      message: (socket, data) => {
        if (data === "drop") socket.terminate();
        else if (data === "leave") socket.close(3001, "left");
        else socket.send(data);
      },
    },
  });
  running.push(server);
  await server.ready;
  return server;
}

describe.each(libraries)("%s", (_, make) => {
  test("sends before it is open, text and binary, and closes", async () => {
    const { url } = await echo();
    const socket = make(url, ["chat"], {});
    const seen: unknown[] = [];
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }: MessageEvent) => {
      seen.push(data instanceof ArrayBuffer ? [...new Uint8Array(data)] : data);
    });
    const closed = new Promise<CloseEvent>((resolve) => {
      socket.addEventListener("close", resolve);
    });
    socket.send("early");
    socket.send(Uint8Array.of(1, 2, 3).buffer);
    await expect.poll(() => seen).toEqual(["early", [1, 2, 3]]);
    expect([socket.protocol, socket.readyState]).toEqual(["chat", 1]);
    socket.close(1000, "done");
    const { code, reason } = await closed;
    expect([code, reason]).toEqual([1000, "done"]);
  });

  test("comes back when it was dropped, closed, or the server was away", async () => {
    const server = await echo();
    const { url, port } = server;
    const socket = make(url, [], {});
    const closes: number[] = [];
    let opens = 0;
    const messages: unknown[] = [];
    socket.addEventListener("open", () => opens++);
    socket.addEventListener("close", ({ code }: CloseEvent) => closes.push(code));
    socket.addEventListener("message", ({ data }: MessageEvent) => messages.push(data));
    await expect.poll(() => opens).toBe(1);
    socket.send("drop");
    await expect.poll(() => opens).toBe(2);
    socket.send("leave");
    await expect.poll(() => opens).toBe(3);
    expect(closes).toEqual([1006, 3001]);
    await server.stop({ force: true });
    await expect.poll(() => closes.length).toBeGreaterThan(3); // refused, again and again
    await echo(port);
    await expect.poll(() => opens).toBe(4);
    socket.send("here again");
    await expect.poll(() => messages).toEqual(["here again"]);
    socket.close();
  });
});
