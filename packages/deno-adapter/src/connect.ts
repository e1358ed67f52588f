import { UsageError } from "@sansocket/core";
import { opened, type ReconnectingClient } from "@sansocket/core/shell";
import {
  connectWith,
  type ConnectOptions as Options,
  openClientTo,
  refuseReserved,
  type ReconnectingOptions,
} from "@sansocket/core/node-compat";
import { nodeModules } from "./node-modules.ts";
import { denoRuntime } from "./runtime.ts";
import { Client } from "./api.ts";
import { type DenoConn, DenoTransport } from "./transport.ts";

/** The options of {@link connect}. */
export interface ConnectOptions extends Options {
  /**
   * An existing connection to the server: of `Deno.connect`, and for `wss:` of `Deno.connectTls` or `Deno.startTls`. The WebSocket opens on it
   * and takes it over. `url` gives the request's host and target. Over TLS, Nagle's algorithm stays as it is.
   */
  readonly conn?: DenoConn | null | undefined;
}

const connectByUrl = connectWith(nodeModules, Client);

/** The other options that choose a connection, or make another. */
const OTHERS = [
  "proxy",
  "socketPath",
  "socket",
  "createConnection",
  "dispatcher",
  "http2",
  "session",
  "followRedirects",
] as const satisfies readonly (keyof Options)[];

/**
 * Connects to a server, and resolves with an open WebSocket, as `connect` does on the other runtimes. Listeners added at once
 * miss no message.
 */
export async function connect(
  url: string | URL,
  options: ReconnectingOptions,
): Promise<ReconnectingClient>;
export async function connect(url: string | URL, options?: ConnectOptions): Promise<Client>;
export async function connect(
  url: string | URL,
  options: ConnectOptions = {},
): Promise<Client | ReconnectingClient> {
  const { conn, ...rest } = options;
  if (conn === undefined || conn === null) return await connectByUrl(url, rest);
  checkConn(conn, url, rest);
  refuseReserved(rest.headers);
  const { protocols, signal, ...settings } = rest;
  const client = Object.create(Client.prototype as object) as Client;
  signal?.throwIfAborted();
  openClientTo(client, denoRuntime, () => new DenoTransport(conn), url, protocols, settings);
  return await opened(client, nodeModules.setImmediate, signal);
}

/** @throws {UsageError} for a connection that does not fit the URL. */
function checkConn(conn: DenoConn, url: string | URL, options: Options): void {
  const other = OTHERS.find((name) => options[name]);
  if (other !== undefined)
    throw new UsageError(`conn and ${other}: only one of them can make the connection`);
  if (typeof conn.read !== "function" || typeof conn.closeWrite !== "function")
    throw new UsageError(`conn: expected a Deno.Conn, got ${typeof conn}`);
  // Bytes meant for `wss:` alone would go in the clear.
  if (/^wss:/i.test(String(url)) && !("handshake" in conn))
    throw new UsageError(
      "conn: wss: needs a connection through TLS; make one of this by Deno.startTls(), or say ws:",
    );
}
