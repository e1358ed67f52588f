export type { BinaryType, CloseEvent, ErrorEvent, Event, MessageData, MessageEvent, Server, WebSocketHandlers, WebSocketOptions } from "@sansocket/core/shell";
export { ConnectError, ListenError } from "@sansocket/core/shell";
export { Client, type ClientConstructor, type ClientOptions } from "./client.ts";
export { connect, type ConnectOptions } from "./connect.ts";
export { listen, type ListenOptions } from "./listen.ts";
export { serve, type ServeOptions } from "./serve.ts";
export type { NodeServer, SocketServerOptions } from "./socket-server.ts";
export { upgrade, type UpgradeOptions } from "./upgrade.ts";
export { WebSocket as default, WebSocket, type WebSocketConstructor } from "./websocket.ts";
