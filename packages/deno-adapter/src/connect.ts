import { connectWith, type ConnectOptions as Options, openClientTo, opened } from "@sansocket/core/shell";
import { nodeLayer } from "./node-layer.ts";
import { denoRuntime } from "./runtime.ts";
import { Client } from "./sockets.ts";
import { type DenoConn, DenoTransport } from "./transport.ts";

/** What {@link connect} may be told. */
export interface ConnectOptions extends Options {
  /** A connection that is there already, through TLS where that is wanted: the WebSocket is opened on it, and takes it over. `url` says what to ask for. */
  readonly conn?: DenoConn | undefined;
}

const dialled = connectWith(nodeLayer, Client);

/**
 * Connects to a server, and resolves with an open WebSocket, as `connect` does on the other runtimes. Listeners that are added as soon as that is awaited
 * miss no message.
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<Client> {
  const { conn, ...rest } = options;
  if (conn === undefined) return await dialled(url, rest);
  const { protocols, signal, ...settings } = rest, client = Object.create(Client.prototype as object) as Client;
  signal?.throwIfAborted();
  openClientTo(client, denoRuntime, () => new DenoTransport(conn), url, protocols, settings);
  return await opened(client, nodeLayer.setImmediate, signal);
}
