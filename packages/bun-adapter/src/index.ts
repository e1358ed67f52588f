export * from "@sansocket/core/public"; // the names that every adapter has
export { bunPlatform } from "./platform.ts";
export { recordTo } from "./record.ts";
export {
  channel,
  Client,
  clusterBackplane,
  connect,
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
