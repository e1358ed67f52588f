import { UsageError } from "@sansocket/core";
import { opened, type ReconnectingClient } from "@sansocket/core/shell";
import {
  connectWith,
  type ConnectOptions as Options,
  openClientTo,
  type ReconnectingOptions,
} from "@sansocket/core/node-compat";
import { nodeModules } from "./node-modules.ts";
import { denoRuntime } from "./runtime.ts";
import { Client } from "./api.ts";
import { type DenoConn, DenoTransport } from "./transport.ts";

/** What {@link connect} may be told. */
export interface ConnectOptions extends Options {
  /**
   * A connection to the server that is there already: what `Deno.connect` makes, and for `wss:` what `Deno.connectTls` or `Deno.startTls` does. The
   * WebSocket is opened on it, and takes it over. `url` says what to ask for. Where the connection is one through TLS, Nagle's algorithm stays as it is.
   */
  readonly conn?: DenoConn | null | undefined;
}

const connectByUrl = connectWith(nodeModules, Client);

/** What else says where the connection comes from, or that there will be another. */
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
 * Connects to a server, and resolves with an open WebSocket, as `connect` does on the other runtimes. Listeners that are added as soon as that is awaited
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
  const { protocols, signal, ...settings } = rest;
  const client = Object.create(Client.prototype as object) as Client;
  signal?.throwIfAborted();
  openClientTo(client, denoRuntime, () => new DenoTransport(conn), url, protocols, settings);
  return await opened(client, nodeModules.setImmediate, signal);
}

/** @throws {UsageError} for a connection that cannot be used so. */
function checkConn(conn: DenoConn, url: string | URL, options: Options): void {
  const other = OTHERS.find((name) => options[name]);
  if (other !== undefined)
    throw new UsageError(`conn and ${other}: only one of them can make the connection`);
  if (typeof conn.read !== "function" || typeof conn.closeWrite !== "function")
    throw new UsageError(`conn: expected a Deno.Conn, got ${typeof conn}`);
  // What only `wss:` may see would go in the clear.
  if (/^wss:/i.test(String(url)) && !("handshake" in conn))
    throw new UsageError(
      "conn: wss: needs a connection through TLS; make one of this by Deno.startTls(), or say ws:",
    );
}
