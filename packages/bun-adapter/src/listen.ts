import { type Address } from "@sansocket/core/shell";
import {
  checkedOptions,
  type Listen,
  type ListenOptions,
  netListen,
  requestedAddress,
  secureOptions,
  type SocketServer,
  socketServer,
} from "@sansocket/core/node-compat";
import { bun, type BunListener, type BunSocket, type BunSocketHandlers } from "./bun.ts";
import { nodeModules } from "./node-modules.ts";
import { bunRuntime } from "./runtime.ts";
import { BunTransport, traffic } from "./transport.ts";

/** The options of `tls` that `Bun.listen` has. With any other, and with `backlog`, the server stands on Bun's `node:tls` and `node:net`. */
const TLS_OPTIONS: readonly string[] = ["key", "cert", "ca", "passphrase", "handshakeTimeout"];

const isNative = ({ backlog, tls = {} }: ListenOptions): boolean =>
  backlog === undefined && Object.keys(tls).every((name) => TLS_OPTIONS.includes(name));

const layered = netListen(nodeModules);

const native = (options: ListenOptions): SocketServer =>
  socketServer({ ...nodeModules, lacks: { fd: nodeModules.lacks?.fd } }, options, (acceptor) => {
    const secure = options.tls !== undefined;
    const open = new Set<BunSocket>();
    let emptied = (): void => {};
    const receive = (socket: BunSocket): void => {
      socket.setNoDelay(true);
      acceptor.receive(new BunTransport(socket), secure);
    };
    const door: Pick<BunSocketHandlers, "open" | "handshake"> = secure
      ? handshakes(secureOptions(options).handshakeTimeout ?? 0, receive)
      : { open: receive };
    const { listening, stop } = start(options, {
      ...traffic,
      ...door,
      open(socket) {
        open.add(socket);
        door.open(socket);
      },
      close(socket, error) {
        open.delete(socket);
        traffic.close(socket, error);
        if (open.size === 0) emptied();
      },
    });
    return {
      listening,
      async close() {
        stop();
        if (open.size > 0)
          await new Promise<void>((resolve) => {
            emptied = resolve;
          });
      },
      destroy() {
        for (const socket of [...open]) socket.close();
      },
    };
  });

/** `listen`, on `Bun.listen`. */
export const listen: Listen = ((options: ListenOptions) =>
  (isNative(checkedOptions("listen", options)) ? native : layered)(options)) as Listen;

/** Bounds the TLS handshake: Bun opens the socket before it, without a time limit. */
function handshakes(
  timeout: number,
  receive: (socket: BunSocket) => void,
): Pick<BunSocketHandlers, "open" | "handshake"> {
  const timers = new WeakMap<BunSocket, unknown>();
  return {
    open(socket) {
      if (timeout > 0)
        timers.set(
          socket,
          bunRuntime.setTimeout(() => {
            socket.close();
          }, timeout),
        );
    },
    handshake(socket, success) {
      bunRuntime.clearTimeout(timers.get(socket));
      timers.delete(socket);
      // Without success Bun closes the socket. An error beside success means that the client has shown no certificate, which it need not.
      if (success) receive(socket);
    },
  };
}

function start(
  options: ListenOptions,
  socket: BunSocketHandlers,
): { listening: Promise<Address>; stop(): void } {
  const requested = requestedAddress(options);
  const { hostname, port, path } = requested;
  const attempt = (host: string): BunListener => {
    const place = path === undefined ? { hostname: host, port } : { unix: path };
    return bun.listen({
      ...place,
      allowHalfOpen: true,
      socket,
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      ...(options.reusePort === true ? { reusePort: true } : {}),
    });
  };
  try {
    const listener = hostname === "" ? onAll(attempt) : attempt(hostname);
    return {
      listening: Promise.resolve({ ...requested, port: path === undefined ? listener.port : 0 }),
      stop: () => {
        listener.stop();
      },
    };
  } catch (error) {
    return { listening: Promise.reject(named(error)), stop: () => {} };
  }
}

/** On IPv6 and IPv4, or on IPv4 where the machine has no other. */
function onAll(attempt: (host: string) => BunListener): BunListener {
  try {
    return attempt("::");
  } catch (error) {
    if ((error as { code?: unknown }).code === "EADDRINUSE") throw error;
    return attempt("0.0.0.0");
  }
}

/** For a host name that it cannot resolve, Bun reports only a failure. */
function named(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code !== undefined || !String(message).startsWith("Failed to listen")) return error;
  return Object.assign(new Error(String(message), { cause: error }), { code: "ENOTFOUND" });
}
