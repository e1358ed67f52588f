import { type WebSocket as Face } from "@sansocket/core/shell";
import {
  type ClientConstructor,
  clientConstructor,
  type Client as ClientFace,
  type Connect,
  connectWith,
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
import { dial } from "./dial.ts";
import { EventSource } from "./sse/event-source.ts";
import { nodeModules } from "./node-modules.ts";
import { bunRuntime } from "./runtime.ts";

/** A client's socket. */
export interface Client extends ClientFace {}
export const Client: ClientConstructor = clientConstructor(bunRuntime, reachBy(nodeModules, dial));

/** A WebSocket, a server's or a client's. */
export interface WebSocket extends Face {}
export const WebSocket: WebSocketConstructor = webSocketConstructor(bunRuntime, {
  Client,
  EventSource,
});

export const connect: Connect = connectWith(nodeModules, Client);
export const upgrade: Upgrade = upgradeOn(bunRuntime);
export const reject: Reject = rejectOn(bunRuntime);
export const serve: Serve = serveOn(nodeModules);
