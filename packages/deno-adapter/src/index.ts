export type {
  BinaryType,
  CloseEvent,
  ErrorEvent,
  Event,
  MessageData,
  MessageEvent,
  Server,
  WebSocketHandlers,
  WebSocketOptions,
} from "@sansocket/core/shell";
export type {
  ClientConstructor,
  ClientOptions,
  Connect,
  Listen,
  ListenOptions,
  ReconnectingClientOptions,
  ReconnectingConstructor,
  ReconnectingOptions,
  Reject,
  Serve,
  ServeOptions,
  SocketServer,
  SocketServerOptions,
  Upgrade,
  UpgradeOptions,
  WebSocketConstructor,
} from "@sansocket/core/node-compat";
export type {
  ChannelEvent,
  ChannelOptions,
  EventChannel,
  EventSourceClientEvents,
  EventSourceClientOptions,
  EventSourceErrorEvent,
  EventSourceMessage,
  EventSourceOptions,
  EventSourceResponse,
  HistoryOptions,
  SendOptions,
} from "@sansocket/core/shell";
export type { EventSourceConstructor } from "@sansocket/core/node-compat";
export type {
  ConnectionTarget,
  CreateConnection,
  DispatcherLike,
  DispatchHandler,
  ProxyOptions,
} from "@sansocket/core/node-compat";
export type {
  DeflateOptions,
  ExtensionOptions,
  ExtensionPlugin,
  SendingOptions,
} from "@sansocket/core/shell";
export type {
  BroadcastOptions,
  BudgetCounters,
  BudgetOptions,
  ChunkSource,
  CloseInfo,
  Latency,
  MessagePiece,
  MessagesOptions,
  MessageStream,
  PreparedMessage,
  PrepareOptions,
  SendStreamOptions,
  WebSocketStreams,
} from "@sansocket/core/shell";
export {
  broadcast,
  ClosedError,
  NotSentError,
  type SendCallback,
  ConnectError,
  isEventSource,
  ListenError,
  natsBackplane,
  natsHistory,
  prepare,
  redisBackplane,
  redisHistory,
  TOPICS_PROTOCOL,
} from "@sansocket/core/shell";
export type { AcceptOptions } from "@sansocket/core/node-compat";
export { accept } from "./accept.ts";
export { connect, type ConnectOptions } from "./connect.ts";
export { denoPlatform } from "./platform.ts";
export { recordTo } from "./record.ts";
export { createTraceRing, explain, explainClose, replay } from "@sansocket/core/trace";
export type { TraceFolderOptions } from "@sansocket/core/node-compat";
export type { TraceRing, TraceRingOptions, TraceSettings, TraceSink } from "@sansocket/core/trace";
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
export type { DenoConn } from "./transport.ts";
export type {
  Backplane,
  BackplaneListener,
  IoRedisLike,
  JetStreamConnectionLike,
  Loss,
  NatsConnectionLike,
  NatsHistoryOptions,
  NodeRedisLike,
  PublishOptions,
  RedisClients,
  ReconnectingEvents,
  ReconnectOptions,
  RedisHistoryClients,
  Resumed,
  SlowPolicy,
  StoredMessage,
  StoreLimits,
  SubscribeOptions,
  Subscriber,
  Topic,
  TopicHistory,
  TopicRule,
  Topics,
  TopicsCounters,
  TopicsOptions,
  TopicStore,
} from "@sansocket/core/shell";
