/** faye-websocket 0.11.4 and ours in the same scene, over real sockets, and what is seen of them. */
import http from "node:http";
import type net from "node:net";
import type { AddressInfo } from "node:net";
import { createRequire } from "node:module";
import { WebSocket } from "../../src/index.ts";

export const original: any = createRequire(import.meta.url)("faye-websocket");
export const libraries: [name: string, library: any][] = [
  ["faye-websocket", original],
  ["sansocket", WebSocket],
];

/** Notes what a socket emits, in order: names, and the fields of events. */
export function watch(socket: any, log: unknown[], label = ""): void {
  const note = (name: string, ...details: unknown[]): void =>
    void log.push([label + name, ...details]);
  socket.on("data", (data: unknown) => note("data", data));
  socket.on("end", () => note("end", socket.readable, socket.readyState));
  socket.onopen = (event: any) => note("onopen", event.type, socket.readyState);
  socket.onmessage = (event: any) => note("onmessage", event.data);
  socket.onerror = (event: any) =>
    note("onerror", event.message.replace(/:\d+/g, ""), event instanceof Error, socket.readyState);
  socket.onclose = (event: any) =>
    note("onclose", event.code, event.reason, socket.readyState, socket.readable, socket.writable);
  for (const type of ["open", "message", "error", "close"])
    socket.addEventListener(type, (event: any) =>
      note(
        type,
        event.target === socket,
        event.currentTarget === socket,
        event.eventPhase,
        event.bubbles,
        event.cancelable,
      ),
    );
}

export const once = (socket: any, type: string): Promise<any> =>
  new Promise((resolve) => socket.once(type, resolve));
export const pause = (milliseconds = 30): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

export interface Scene {
  readonly library: any;
  readonly url: string;
  readonly log: unknown[];
  /** Resolves with the server's end of the next connection. */
  accept(protocols?: unknown, options?: unknown): Promise<any>;
}

/** Runs `scenario` with `library`. Returns its log, with its result as the last entry. */
export async function seen(
  library: any,
  scenario: (scene: Scene) => Promise<unknown>,
): Promise<unknown[]> {
  const server = http.createServer();
  const log: unknown[] = [];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const sockets: net.Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  const accept = (protocols?: unknown, options?: unknown): Promise<any> =>
    new Promise((resolve) => {
      server.once("upgrade", (request, socket, head) =>
        resolve(new library(request, socket, head, protocols, options)),
      );
    });
  try {
    log.push(await scenario({ library, url: `ws://127.0.0.1:${port}/path?query=1`, log, accept }));
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
  return JSON.parse(JSON.stringify(log).replaceAll(String(port), "PORT")) as unknown[];
}
