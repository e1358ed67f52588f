/** A peer that leaves by resetting its stream of HTTP/2, as Chromium does where a page is left. Every adapter runs this. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import type { CloseEvent, WebSocket } from "../../src/shell/index.ts";
import type { Case } from "../harness/harnesses.ts";
import type { SocketsAdapter } from "../server/sockets.ts";

/** RST_STREAM of stream 1 with CANCEL. By hand: the runtimes' `close()` sends END_STREAM before it. */
const RESET = Uint8Array.of(0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8);

/** All that a socket tells until it is closed. */
async function heard(socket: WebSocket): Promise<unknown[]> {
  const told: unknown[] = [];
  socket.on("error", ({ message }: { message: string }) => told.push(message));
  const [{ code, initiator, cause }] = (await once(socket, "close")) as [CloseEvent];
  return [...told, code, initiator, cause?.code, cause?.message];
}

const LEFT = [1006, "peer", "connection-lost", "The peer left (stream reset, CANCEL)"];

export const leavingCases: readonly Case<SocketsAdapter>[] = [
  {
    name: "HTTP/2: a client that cancels its stream has left, says the server's close event, and tells no error",
    run: async (adapter) => {
      let open!: (socket: WebSocket) => void;
      const opened = new Promise<WebSocket>((resolve) => {
        open = resolve;
      });
      const server = adapter.serve({ hostname: "127.0.0.1", http2: true, websocket: { open } });
      await server.ready;
      const socket = net.connect(server.port, "127.0.0.1");
      const session = http2.connect(`http://127.0.0.1:${server.port}`, {
        createConnection: () => socket,
      });
      session.on("error", () => {});
      try {
        await once(session, "remoteSettings");
        const stream = session.request(
          {
            ":method": "CONNECT",
            ":protocol": "websocket",
            ":path": "/",
            "sec-websocket-version": "13",
          },
          { endStream: false },
        );
        stream.on("error", () => {});
        await once(stream, "response");
        const told = heard(await opened);
        socket.write(RESET);
        assert.deepEqual(await told, LEFT);
      } finally {
        session.destroy();
        await server.stop({ force: true });
      }
    },
  },
  {
    name: "HTTP/2: a server that cancels the stream has left, says the client's close event, and tells no error",
    run: async (adapter) => {
      const server = http2.createServer({ settings: { enableConnectProtocol: true } });
      let socket: net.Socket | undefined;
      server.on("connection", (connection: net.Socket) => {
        socket = connection;
      });
      server.on("session", (session) => session.on("error", () => {}));
      server.on("stream", (stream: http2.ServerHttp2Stream) => {
        stream.on("error", () => {}).respond({ ":status": 200 });
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as net.AddressInfo;
      try {
        const told = heard(await adapter.connect(`ws://127.0.0.1:${port}/`, { http2: true }));
        socket!.write(RESET);
        assert.deepEqual(await told, LEFT);
      } finally {
        server.close();
        socket?.destroy();
      }
    },
  },
];
