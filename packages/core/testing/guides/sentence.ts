/** Servers and names that the suites of the guides share. */
import type net from "node:net";
import type http from "node:http";
import type { AdapterApi, Connect } from "../../src/node-compat/index.ts";
import type { broadcast, prepare, WebSocket } from "../../src/shell/index.ts";
import type { Case } from "../harness/harnesses.ts";

/** The names of an adapter that the guides use. */
export interface GuideAdapter extends Omit<AdapterApi, "connect"> {
  readonly connect: Connect;
  readonly broadcast: typeof broadcast;
  readonly prepare: typeof prepare;
}

/** One sentence of a guide. */
export type Sentence = Case<GuideAdapter>;

type Options = Parameters<GuideAdapter["serve"]>[0];
export type Served = ReturnType<GuideAdapter["serve"]>;

/** Runs `use` with a server that listens for itself, and drops it. */
export async function beside(
  adapter: GuideAdapter,
  by: "serve" | "listen",
  options: Partial<Options>,
  use: (server: Served) => Promise<void>,
): Promise<void> {
  const server = adapter[by]({
    ...(options.unix === undefined ? { hostname: "127.0.0.1" } : {}),
    websocket: {},
    ...options,
  });
  await server.ready;
  try {
    await use(server);
  } finally {
    await server.stop({ force: true });
  }
}

/** The doors at which a server of the library's listens for itself. */
export const BOTH = ["serve", "listen"] as const;

/** Runs `use` with a `node:http` server of the application's. */
export async function besideHttp(
  server: http.Server,
  use: (port: number) => Promise<void>,
): Promise<void> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    await use((server.address() as net.AddressInfo).port);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** The first `count` messages of a socket. */
export async function messagesOf(socket: WebSocket, count: number): Promise<unknown[]> {
  const got: unknown[] = [];
  for await (const message of socket) if (got.push(message) === count) break;
  return got;
}
