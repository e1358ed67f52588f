import { type ConnectionOptions, DEFAULT_OPTIONS } from "@sansocket/core";
import { Clients, type Listener, type MessageData, Reception, Server, type WebSocket, type WebSocketHandlers } from "@sansocket/core/shell";
import type tls from "node:tls";
import { type ListenAddress, requestedAddress } from "./listener.ts";
import { nodeRuntime } from "./runtime.ts";
import { warn } from "./warning.ts";

/** What the servers of this package have in common. Limits and times of each connection are options too. */
export interface SocketServerOptions extends ListenAddress, Partial<Omit<ConnectionOptions, "ownsChunks">> {
  /** What to do with the sockets. */
  readonly websocket: WebSocketHandlers<WebSocket, MessageData>;
  /** Subprotocols that are spoken: the first of the client's that is among them is chosen. @defaultValue none */
  readonly protocols?: readonly string[] | undefined;
  /** The only path that opens a WebSocket, such as `/chat`; others are refused with 404. @defaultValue all */
  readonly path?: string | undefined;
  /** Key and certificate, and whatever else `tls.createServer` takes: then clients connect by `wss:`. */
  readonly tls?: tls.TlsOptions | undefined;
}

/** A server of WebSockets on Node. */
export type NodeServer = Server<WebSocket, MessageData>;

/**
 * Joins the parts of a server. The options are checked before anything listens.
 * @throws {UsageError} for an option that is not known or out of range.
 */
export function socketServer(options: SocketServerOptions, start: (reception: Reception) => Listener): NodeServer {
  const { websocket: handlers, protocols, path, tls, port, hostname, unix, backlog, ...limits } = options;
  const clients = new Clients<WebSocket, MessageData>(handlers);
  const reception = new Reception(nodeRuntime, clients, { handlers, protocols, path, limits, onFailure: warn });
  return new Server(start(reception), clients, nodeRuntime, { ...requestedAddress({ port, hostname, unix, backlog }), secure: tls !== undefined });
}

/** What a TLS server is told: `handshakeTimeout` holds for its handshake too, which Node would give two minutes. */
export function secureOptions({ tls, handshakeTimeout = DEFAULT_OPTIONS.handshakeTimeout }: SocketServerOptions): tls.TlsOptions {
  return { ...handshakeTimeout > 0 ? { handshakeTimeout } : {}, ...tls };
}
