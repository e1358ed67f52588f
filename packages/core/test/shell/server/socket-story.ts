import { duplexPair } from "node:stream";
import type { Driver } from "../../../src/shell/websocket/driver.ts";
import { acceptedSocket, clientSocket } from "../../../src/shell/server/sockets.ts";
import { SESSION, type WebSocket } from "../../../src/shell/websocket/websocket.ts";
import type { WebSocketOptions } from "../../../src/shell/websocket/options.ts";
import { readOptions } from "../../../src/shell/websocket/options.ts";
import { settle, testRuntime } from "../websocket/wired.ts";

/** A client's opening handshake, as far as a server's socket needs it. */
const request = {
  method: "GET",
  target: "/",
  headers: new Map([
    ["host", "h"],
    ["upgrade", "websocket"],
    ["connection", "Upgrade"],
    ["sec-websocket-version", "13"],
    ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
  ]),
};

export interface FacePair {
  readonly server: WebSocket;
  readonly client: WebSocket;
  /** Cuts the wire, without a word. */
  cut(): void;
}

/** A server's and a client's socket, open, connected in memory. The client's opening is answered by the server's machine. */
export async function facePair(options: WebSocketOptions = {}): Promise<FacePair> {
  const [near, far] = duplexPair({ allowHalfOpen: true });
  const runtime = testRuntime();
  const settings = readOptions(options, 30_000);
  const client = clientSocket({
    runtime,
    connect: () => near,
    url: "ws://h/",
    request: { host: "h", target: "/" },
    options: settings.connection,
  });
  const head = await new Promise<string>((resolve) => {
    far.once("data", (chunk: Buffer) => {
      resolve(chunk.toString("latin1"));
    });
  });
  far.pause();
  const headers = new Map(request.headers).set(
    "sec-websocket-key",
    /sec-websocket-key: (\S+)/i.exec(head)![1]!,
  );
  const server = acceptedSocket({
    runtime,
    duplex: far,
    request: { ...request, headers },
    secure: false,
    protocols: [],
    settings,
  });
  far.resume();
  await settle();
  return {
    server,
    client,
    cut: () => {
      near.destroy();
      far.destroy();
    },
  };
}

/** How much a socket reads at all: whether its connection has stopped the transport. */
export const isStopped = (socket: WebSocket): boolean => {
  const { transport } = socket[SESSION].driver as unknown as Driver;
  return (transport as unknown as { stream: { isPaused(): boolean } }).stream.isPaused();
};

export { settle };
