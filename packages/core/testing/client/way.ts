/** The common parts of the suites of clients: servers and proxies to reach, and the steps there. */
import assert from "node:assert/strict";
import http from "node:http";
import type net from "node:net";
import type { ConnectError } from "../../src/shell/index.ts";
import type { Adapter } from "../harness/harnesses.ts";
import { startProxy, type TestProxyOptions } from "./proxy-server.ts";
import { authority, certificate } from "../harness/raw-streams.ts";

/** One way, or one way that is not gone. */
export interface Way {
  readonly name: string;
  run(adapter: Adapter): Promise<void>;
}

export type Options = NonNullable<Parameters<Adapter["connect"]>[1]>;
export const TRUST = { ca: authority };

/** Runs `use` with an echo server. */
export async function withServer(
  adapter: Adapter,
  secure: boolean,
  use: (url: string, port: number) => Promise<void>,
): Promise<void> {
  const server = adapter.serve({
    hostname: "127.0.0.1",
    ...(secure ? { tls: certificate } : {}),
    origins: "*",
    websocket: {
      message: (socket, data) => {
        socket.send(data);
      },
    },
  });
  await server.ready;
  try {
    await use(server.url, server.port);
  } finally {
    await server.stop({ force: true });
  }
}

/** Sends small and large messages there and back, and closes. */
export async function echo(adapter: Adapter, url: string, options: Options): Promise<void> {
  const socket = await adapter.connect(url, options);
  const large = "x".repeat(300_000);
  const told: string[] = [];
  const done = new Promise<number>((resolve) => {
    socket.on("close", ({ code }) => {
      resolve(code);
    });
  });
  const all = new Promise<void>((resolve) => {
    socket.on("message", ({ data }) => {
      if (told.push(String(data)) === 2) resolve();
    });
  });
  const sent = [undefined, { compress: false }].map(
    (options, at) =>
      new Promise<unknown>((resolve) => {
        socket.send(at === 0 ? "small" : large, options, resolve);
      }),
  );
  await all;
  assert.deepEqual(await Promise.all(sent), [undefined, undefined]);
  assert.equal(told[0], "small");
  assert.equal(told[1], large);
  socket.close(1000);
  assert.equal(await done, 1000);
}

export async function failure(
  adapter: Adapter,
  url: string,
  options: Options,
): Promise<ConnectError> {
  return await adapter.connect(url, options).then(
    (socket) => {
      socket.terminate();
      throw new Error("it opened");
    },
    (error: ConnectError) => error,
  );
}

export async function withProxy(
  options: TestProxyOptions,
  use: (proxy: Awaited<ReturnType<typeof startProxy>>) => Promise<void>,
): Promise<void> {
  const proxy = await startProxy(options);
  try {
    await use(proxy);
  } finally {
    await proxy.stop();
  }
}

/** Runs `use` with `server`, and drops what is still connected to it. */
export async function listening(
  server: net.Server,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket.on("error", () => {}));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    await use((server.address() as net.AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  }
}

/** Runs `use` with an HTTP server that answers each request by `answer`. */
export async function withAnswers(
  answer: (request: http.IncomingMessage, socket: net.Socket) => void,
  use: (url: string) => Promise<void>,
  place?: string,
): Promise<void> {
  const server = http.createServer();
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(
      socket
        .on("error", () => {})
        .on("close", () => {
          sockets.delete(socket);
        }),
    );
  });
  server.on("upgrade", (request, socket) => {
    answer(request, socket as net.Socket);
  });
  await new Promise<void>((resolve) => {
    if (place === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(place, resolve);
  });
  try {
    await use(
      place === undefined
        ? `ws://127.0.0.1:${(server.address() as net.AddressInfo).port}`
        : "ws://localhost",
    );
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  }
}
