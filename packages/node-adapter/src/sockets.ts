import { type WebSocket as Face } from "@sansocket/core/shell";
import {
  type ClientConstructor,
  clientConstructor,
  type Client as ClientFace,
  type Connect,
  connectWith,
  type Listen,
  netListen,
  reachBy,
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
export interface Client extends ClientFace {}
export const Client: ClientConstructor = clientConstructor(nodeRuntime, reachBy(nodeModules));

/** A WebSocket, a server's or a client's. */
export interface WebSocket extends Face {}
export const WebSocket: WebSocketConstructor = webSocketConstructor(nodeRuntime, {
  Client,
  EventSource,
});

export const connect: Connect = connectWith(nodeModules, Client);
export const upgrade: Upgrade = upgradeOn(nodeRuntime);
export const reject: Reject = rejectOn(nodeRuntime);
export const serve: Serve = serveOn(nodeModules);
export const listen: Listen = netListen(nodeModules);
