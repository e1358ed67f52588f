import { checkSignal } from "../../shell/runtime/abort.ts";
import { opened } from "../../shell/websocket/opened.ts";
import type { Client, ClientConstructor } from "../constructors/client.ts";
import { checkClientOptions, type ClientOptions, refuseReserved } from "./options.ts";
import type { ReconnectingClient } from "../../shell/reconnect/client.ts";
import type { ReconnectOptions } from "../../shell/reconnect/options.ts";
import { reconnecting } from "./reconnecting.ts";
import type { NodeModules } from "../node-modules.ts";

/** The options of `connect`. */
export interface ConnectOptions extends ClientOptions {
  /** Subprotocols to offer, in order of preference. @defaultValue none */
  readonly protocols?: string | readonly string[] | undefined;
  /** Gives up when it aborts before the socket is open; the promise then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to a server, and resolves with an open WebSocket. Listeners added at once miss no message.
 *
 * @param url `ws:` or `wss:`
 * @returns rejects with a `ConnectError`: `code` names the failure (`"ECONNREFUSED"`, `"handshake-failed"`,
 * `"handshake-timeout"`, …), `status` is the server's if it refused, `cause` the underlying error. Invalid options
 * reject too, with the error that the constructor of `Client` throws.
 */
export interface Connect {
  /**
   * With `reconnect`, resolves with a {@link ReconnectingClient} when its first connection is open, however many attempts that takes; rejects with a `ConnectError`
   * when it gives up.
   */
  (url: string | URL, options: ReconnectingOptions): Promise<ReconnectingClient>;
  (url: string | URL, options?: ConnectOptions): Promise<Client>;
}

/** The options of `connect` for a reconnecting client. */
export interface ReconnectingOptions extends ConnectOptions {
  readonly reconnect: ReconnectOptions | true;
}

/** `connect`, which makes a `Client` and waits for it. */
export const connectWith = (
  { setImmediate, runtime }: Pick<NodeModules, "setImmediate" | "runtime">,
  Client: ClientConstructor,
): Connect =>
  (async (url: string | URL, options: ConnectOptions | ReconnectingOptions = {}) => {
    checkClientOptions("connect", options);
    const { protocols, signal, ...rest } = options;
    checkSignal(signal);
    signal?.throwIfAborted();
    refuseReserved(rest.headers);
    if ("reconnect" in rest)
      return await reconnecting(runtime, Client, url, { ...rest, protocols }, setImmediate, signal);
    return await opened(new Client(url, protocols, rest), setImmediate, signal);
  }) as Connect;
