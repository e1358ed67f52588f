/** Both ends of a connection, at every door that is not a compatible constructor. */
import http from "node:http";
import type net from "node:net";
import type { WebSocket } from "../../src/shell/index.ts";
import { within } from "../../src/testing/assertion.ts";
import type { SocketsAdapter } from "../server/sockets.ts";
import type { Case } from "./harnesses.ts";

/** Two ends of a connection, neither of which is listened to. */
export interface Ends {
  readonly client: WebSocket;
  readonly server: WebSocket;
}

type Use = (ends: Ends) => Promise<void>;

/** Runs `use` beside a server that listens for itself; `first` is the first socket that opens at it. */
export async function besideServer(
  adapter: SocketsAdapter,
  by: "serve" | "listen",
  options: object,
  use: (server: ReturnType<SocketsAdapter["serve"]>, first: Promise<WebSocket>) => Promise<void>,
): Promise<void> {
  let opened!: (socket: WebSocket) => void;
  const first = new Promise<WebSocket>((resolve) => {
    opened = resolve;
  });
  const server = adapter[by]({
    hostname: "127.0.0.1",
    ...options,
    websocket: {
      open: (socket) => {
        opened(socket);
      },
    },
  });
  await server.ready;
  try {
    await use(server, first);
  } finally {
    await server.stop({ force: true });
  }
}

/** Ends by a server that listens for itself. */
const served =
  (by: "serve" | "listen", http2: boolean) =>
  (adapter: SocketsAdapter, use: Use): Promise<void> => {
    const options = http2 ? { http2 } : {};
    return besideServer(adapter, by, options, async ({ url }, first) => {
      const client = await adapter.connect(url, options);
      await use({ client, server: await within(first, "the server's socket") });
    });
  };

/** Ends by a server of `node:http`. */
async function upgraded(adapter: SocketsAdapter, use: Use): Promise<void> {
  let server!: WebSocket;
  const listening = http.createServer().on("upgrade", (request, socket: net.Socket, head) => {
    server = adapter.upgrade(request, socket, head);
  });
  await new Promise<void>((resolve) => {
    listening.listen(0, "127.0.0.1", resolve);
  });
  try {
    const { port } = listening.address() as net.AddressInfo;
    const client = await adapter.connect(`ws://127.0.0.1:${port}/`);
    await server.opened;
    await use({ client, server });
  } finally {
    server.terminate();
    listening.close();
    listening.closeAllConnections();
  }
}

export const doors = {
  serve: served("serve", false),
  listen: served("listen", false),
  "serve by HTTP/2": served("serve", true),
  upgrade: upgraded,
};

/** Every door, and both roles at it: `here` is looked at, `there` is its peer. */
export const everywhere = (
  name: string,
  run: (here: WebSocket, there: WebSocket, adapter: SocketsAdapter) => Promise<void>,
): Case<SocketsAdapter>[] =>
  Object.entries(doors).flatMap(([door, open]) =>
    (["server", "client"] as const).map((role): Case<SocketsAdapter> => ({
      name: `${door}, ${role}: ${name}`,
      run: (adapter) =>
        open(adapter, async ({ client, server }) => {
          const [here, there] = role === "client" ? [client, server] : [server, client];
          await run(here, there, adapter);
        }),
    })),
  );
