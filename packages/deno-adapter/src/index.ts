export * from "@sansocket/core/public"; // the names that every adapter has
export type { AcceptOptions } from "@sansocket/core/node-compat";
export { accept } from "./accept.ts";
export { connect, type ConnectOptions } from "./connect.ts";
export { denoPlatform } from "./platform.ts";
export { recordTo } from "./record.ts";
export type { DenoConn } from "./transport.ts";
export {
  channel,
  Client,
  clusterBackplane,
  EventSource,
  eventSource,
  EventSourceClient,
  listen,
  ReconnectingClient,
  reject,
  serve,
  topics,
  upgrade,
  WebSocket as default,
  WebSocket,
} from "./api.ts";
