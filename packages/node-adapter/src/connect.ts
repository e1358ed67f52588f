import { opened } from "@sansocket/core/shell";
import { Client, type ClientOptions } from "./client.ts";

/** What {@link connect} may be told. */
export interface ConnectOptions extends ClientOptions {
  /** Subprotocols to offer, in order of preference. @defaultValue none */
  readonly protocols?: string | readonly string[] | undefined;
  /** Gives up when it aborts before the socket is open; the promise then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to a server, and resolves with an open WebSocket. Listeners that are added as soon as that is awaited miss no message.
 *
 * @param url `ws:` or `wss:`
 * @returns rejects with a {@link ConnectError}: `code` tells what failed (`"ECONNREFUSED"`, `"handshake-failed"`,
 * `"handshake-timeout"`, …), `status` what the server answered if it refused, `cause` is what was found. Options that are
 * not accepted reject likewise, with what the constructor of `Client` throws.
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<Client> {
  const { protocols, signal, ...rest } = options;
  signal?.throwIfAborted();
  return await opened(new Client(url, protocols, rest), setImmediate, signal);
}
