/** Sockets of Bun's, with `node:net` and `node:tls` at the other end. */
import { once } from "node:events";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { authority, certificate } from "../../core/testing/harness/raw-streams.ts";
import type { Ends, Kind } from "../../core/testing/server/transports.ts";
import { bun, type BunSocket } from "../src/bun.ts";
import { connectDirectly } from "../src/connect-socket.ts";
import { BunTransport, traffic } from "../src/transport.ts";

const HOST = "127.0.0.1";
const socketPath = (): string => join(tmpdir(), `sansocket-bun-${crypto.randomUUID()}.sock`);
const quiet = <S extends net.Socket>(socket: S): S => socket.on("error", () => {});

/** Both ends of a connection that `Bun.listen` accepts from `dialPeer`. */
async function accepted(
  place: { hostname: string; port: number } | { unix: string },
  secure: boolean,
  dialPeer: (port: number) => net.Socket,
): Promise<Ends> {
  let take!: (connector: BunTransport) => void;
  const taken = new Promise<BunTransport>((resolve) => {
    take = resolve;
  });
  const arrive = (socket: BunSocket): void => {
    socket.setNoDelay(true);
    take(new BunTransport(socket));
  };
  const listener = bun.listen({
    ...place,
    allowHalfOpen: true,
    ...(secure ? { tls: certificate } : {}),
    socket: {
      ...traffic,
      open: secure ? () => {} : arrive,
      ...(secure
        ? {
            handshake: (socket, success) => {
              if (success) arrive(socket);
            },
          }
        : {}),
    },
  });
  const peer = quiet(dialPeer(listener.port));
  const [connector] = await Promise.all([taken, once(peer, secure ? "secureConnect" : "connect")]);
  listener.stop();
  return { connector, peer };
}

/** Both ends of a connection that our client makes to a server of Node's. */
async function dialled(
  server: net.Server,
  event: string,
  url: (port: number) => string,
  path?: string,
): Promise<Ends> {
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, HOST, resolve);
    else server.listen(path, resolve);
  });
  const port = path === undefined ? (server.address() as net.AddressInfo).port : 0;
  const came = once(server, event);
  const connector = connectDirectly(new URL(url(port)), {
    ca: authority,
    net: path === undefined ? undefined : { path },
  }) as BunTransport;
  const [peer] = (await came) as [net.Socket];
  server.close();
  return { connector, peer: quiet(peer) };
}

export const kinds: readonly Kind[] = [
  {
    name: "TCP, accepted",
    over: "TCP",
    make: () =>
      accepted({ hostname: HOST, port: 0 }, false, (port) =>
        net.connect({ port, host: HOST, allowHalfOpen: true }),
      ),
  },
  {
    name: "TCP, dialled",
    over: "TCP",
    make: () =>
      dialled(
        net.createServer({ allowHalfOpen: true }),
        "connection",
        (port) => `ws://${HOST}:${port}/`,
      ),
  },
  {
    name: "TLS, accepted",
    over: "TLS",
    make: () =>
      accepted({ hostname: HOST, port: 0 }, true, (port) =>
        tls.connect({
          port,
          host: HOST,
          ca: authority,
          allowHalfOpen: true,
        } as tls.ConnectionOptions),
      ),
  },
  {
    name: "TLS, dialled",
    over: "TLS",
    make: () =>
      dialled(
        tls.createServer({ ...certificate, allowHalfOpen: true }),
        "secureConnection",
        (port) => `wss://localhost:${port}/`,
      ),
  },
  {
    name: "Unix, accepted",
    over: "a Unix socket",
    make: () => {
      const unix = socketPath();
      return accepted({ unix }, false, () => net.connect({ path: unix, allowHalfOpen: true }));
    },
  },
  {
    name: "Unix, dialled",
    over: "a Unix socket",
    make: () =>
      dialled(
        net.createServer({ allowHalfOpen: true }),
        "connection",
        () => "ws://localhost/",
        socketPath(),
      ),
  },
];
