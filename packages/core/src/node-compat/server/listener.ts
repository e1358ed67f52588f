import type net from "node:net";
import type { Address, Listener } from "../../shell/server/server.ts";
import { deniedError } from "../../shell/transport/network-error.ts";
import { UsageError } from "../../violation.ts";
import type { NodeModules } from "../node-modules.ts";
import { warn } from "../warning.ts";

/** The address at which a server listens. */
export interface ListenAddress {
  /** @defaultValue 0: the system chooses, and `server.port` has it */
  readonly port?: number | undefined;
  /** A host name or address of this machine. @defaultValue all of its addresses, IPv6 and IPv4 */
  readonly hostname?: string | undefined;
  /** The path of a Unix socket, or the name of a Windows pipe, in place of `port` and `hostname`. */
  readonly unix?: string | undefined;
  /**
   * A descriptor that listens already, in place of `port` and `hostname`: 3 where systemd starts the process with a socket of its own (`sd_listen_fds(3)`). The server closes it when it
   * stops. Not on Bun.
   */
  readonly fd?: number | undefined;
  /**
   * Whether other processes may listen on the same port, so that the system shares connections out among them (`SO_REUSEPORT`). On Node 23.1 or newer and Deno, and for `listen` on Bun.
   * @defaultValue false
   */
  readonly reusePort?: boolean | undefined;
  /** The most connections that the system holds before they are accepted. @defaultValue the runtime's: 511 for Node */
  readonly backlog?: number | undefined;
}

/**
 * Converts the given address to the shell's form.
 * @throws {UsageError} for a value that is no port; it accepts the text of a number, since environment variables are text.
 */
export function requestedAddress({ port = 0, hostname = "", unix, fd }: ListenAddress): Address {
  if (fd !== undefined && !(Number.isInteger(fd) && fd >= 0))
    throw new UsageError(`fd: expected a descriptor, a whole number from 0, got ${String(fd)}`);
  return unix === undefined
    ? { hostname, port: readPort(port) }
    : { hostname: "", port: 0, path: unix };
}

function readPort(given: unknown): number {
  const port = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
  if (typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65_535)
    return port;
  throw new UsageError(
    `port: expected a whole number from 0 to 65535, got ${typeof given === "string" ? JSON.stringify(given) : String(given)}`,
  );
}

/** @throws {UsageError} for a way to listen that the runtime would pass over in silence. */
export function checkWays(
  { lacks = {} }: Pick<NodeModules, "lacks">,
  { fd, reusePort, port, hostname, unix, backlog }: ListenAddress,
): void {
  for (const [name, value, kind] of [
    ["hostname", hostname, "string"],
    ["unix", unix, "string"],
    ["reusePort", reusePort, "boolean"],
    ["backlog", backlog, "number"],
  ] as const)
    if (value !== undefined && (value as unknown) !== null && typeof value !== kind)
      throw new UsageError(`${name}: expected a ${kind}, got ${typeof value}`);
  const places = { port, hostname, unix };
  for (const [name, value] of Object.entries(places))
    if (fd !== undefined && value !== undefined)
      throw new UsageError(
        `fd: expected without ${name}, got both: the descriptor listens already`,
      );
  if (reusePort === true && unix !== undefined)
    throw new UsageError("reusePort: expected with a port, got unix");
  if (fd !== undefined && lacks.fd !== undefined) throw new UsageError(`fd: ${lacks.fd}`);
  if (reusePort === true && lacks.reusePort !== undefined)
    throw new UsageError(`reusePort: ${lacks.reusePort}`);
}

/**
 * Makes `server` listen.
 *
 * Connections are counted from the first: a stop by force does not wait for a TLS handshake or an HTTP request that never ends.
 */
export function listenOn(
  layer: Pick<NodeModules, "emitWarning" | "mayUseNetwork" | "deniedAddress" | "net">,
  server: net.Server,
  address: ListenAddress,
): Listener {
  const sockets = new Set<net.Socket>();
  // One function for all: a closure each would cost memory for every idle connection.
  function forget(this: net.Socket): void {
    this.removeListener("close", forget);
    sockets.delete(this);
  }
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("close", forget);
  });
  return {
    listening: listening(layer, server, address),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
    destroy: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function listening(
  layer: Pick<NodeModules, "emitWarning" | "mayUseNetwork" | "deniedAddress" | "net">,
  server: net.Server,
  address: ListenAddress,
): Promise<Address> {
  const { hostname, backlog } = address;
  const requested = requestedAddress(address);
  const options = placeOf(address, requested.port);
  if (layer.mayUseNetwork?.() === false) return Promise.reject(deniedError());
  const denied =
    hostname !== undefined && layer.net.isIP(hostname) > 0
      ? layer.deniedAddress?.(hostname, requested.port)
      : undefined;
  if (denied !== undefined) return Promise.reject(denied);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...options, ...(backlog === undefined ? {} : { backlog }) }, () => {
      server.removeListener("error", reject);
      // Accepting may fail later, as when the process has no descriptors left. The error must be visible, and must not end the process.
      server.on("error", (error) => {
        warn(layer, error);
      });
      const given = server.address();
      resolve(
        given !== null && typeof given === "object"
          ? { hostname: hostname ?? hostOf(given, address), port: given.port }
          : {
              ...requested,
              ...(address.fd !== undefined && given !== null ? { path: given } : {}),
            },
      );
    });
  });
}

function placeOf(
  { unix, hostname, fd, reusePort }: ListenAddress,
  port: number,
): net.ListenOptions & { fd?: number; reusePort?: boolean } {
  if (fd !== undefined) return { fd };
  if (unix !== undefined) return { path: unix };
  const host = hostname ? { host: hostname } : {};
  return { port, ...host, ...(reusePort === true ? { reusePort } : {}) };
}

/** Of a descriptor's address only the system knows. */
const hostOf = ({ address }: net.AddressInfo, { fd }: ListenAddress): string =>
  fd === undefined || address === "::" || address === "0.0.0.0" ? "" : address;
