import { type WebSocket as CoreWebSocket } from "@sansocket/core/shell";
import {
  type ClientConstructor,
  clientConstructor,
  type Client as CoreClient,
  type Connect,
  connectWith,
  type Listen,
  netListen,
  transportConnector,
  type Reject,
  rejectOn,
  type Serve,
  serveOn,
  type Upgrade,
  upgradeOn,
  type WebSocketConstructor,
  webSocketConstructor,
} from "@sansocket/core/node-compat";
import { EventSource } from "./sse/event-source.ts";
import { nodeModules } from "./node-modules.ts";
import { nodeRuntime } from "./runtime.ts";

/** A client's socket. */
export interface Client extends CoreClient {}
/** The class of a client's socket: `new Client(url, protocols, options)`. `connect` gives the same, once it is open. */
export const Client: ClientConstructor = clientConstructor(nodeRuntime, transportConnector(nodeModules));

/** A WebSocket, a server's or a client's. */
export interface WebSocket extends CoreWebSocket {}
/** The class of every socket, and faye-websocket's constructor: `new WebSocket(request, socket, head, protocols, options)`. */
export const WebSocket: WebSocketConstructor = webSocketConstructor(nodeRuntime, {
  Client,
  EventSource,
});

/** Connects to a server. Resolves once the socket is open; rejects with a `ConnectError`. */
export const connect: Connect = connectWith(nodeModules, Client);
/** Opens a WebSocket on a request of `node:http` or a stream of `node:http2`. */
export const upgrade: Upgrade = upgradeOn(nodeRuntime);
/** Refuses an opening request with an HTTP response, and ends the connection. */
export const reject: Reject = rejectOn(nodeRuntime);
/** Serves pages and WebSockets on one port, over the runtime's HTTP server. */
export const serve: Serve = serveOn(nodeModules);
/** Serves WebSockets only, on raw sockets: an idle connection holds less memory than behind an HTTP server. */
export const listen: Listen = netListen(nodeModules);
