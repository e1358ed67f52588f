/** The names that every adapter exports, beside those built from its parts: adapters export all of it. */
export type { Latency } from "../connection/round-trips.ts";
export { type PrepareOptions, type PreparedMessage, prepare } from "../connection/send/prepared.ts";
export type {
  Connect,
  ConnectOptions,
  ReconnectingOptions,
} from "../node-compat/client/connect.ts";
export type { DispatchHandler, DispatcherLike } from "../node-compat/client/dispatcher.ts";
export type { ClientOptions } from "../node-compat/client/options.ts";
export type { ConnectionTarget, CreateConnection } from "../node-compat/client/own-socket.ts";
export type { ProxyOptions } from "../node-compat/client/proxy.ts";
export type {
  ReconnectingClientOptions,
  ReconnectingConstructor,
} from "../node-compat/client/reconnecting.ts";
export type { ClientConstructor } from "../node-compat/constructors/client.ts";
export type { EventSourceConstructor } from "../node-compat/constructors/event-source.ts";
export type { WebSocketConstructor } from "../node-compat/constructors/websocket.ts";
export type { Listen, ListenOptions } from "../node-compat/server/listen.ts";
export type { Serve, ServeOptions } from "../node-compat/server/serve.ts";
export type { SocketServer, SocketServerOptions } from "../node-compat/server/socket-server.ts";
export type { Reject, Upgrade, UpgradeOptions } from "../node-compat/server/upgrade.ts";
export type { TraceFolderOptions } from "../node-compat/trace-folder.ts";
export type { CloseEvent, ErrorEvent, Event } from "../shell/events/event.ts";
export type { BinaryType, MessageData, MessageEvent } from "../shell/events/message-event.ts";
export type { ReconnectingEvents } from "../shell/reconnect/client.ts";
export type { Loss, ReconnectOptions } from "../shell/reconnect/options.ts";
export type { ChunkSource } from "../shell/runtime/chunks.ts";
export { type BroadcastOptions, broadcast } from "../shell/server/broadcast.ts";
export type { BudgetCounters, BudgetOptions } from "../shell/server/budget.ts";
export type { WebSocketHandlers } from "../shell/server/clients.ts";
export { ListenError, type Server } from "../shell/server/server.ts";
export type { EventSourceClientEvents, EventSourceMessage } from "../shell/sse/client/client.ts";
export type { EventSourceErrorEvent } from "../shell/sse/client/error-event.ts";
export type { EventSourceClientOptions } from "../shell/sse/client/options.ts";
export type {
  ChannelEvent,
  ChannelOptions,
  EventChannel,
  HistoryOptions,
} from "../shell/sse/server/channel.ts";
export { type EventSourceResponse, isEventSource } from "../shell/sse/server/fetch.ts";
export type { EventSourceOptions, SendOptions } from "../shell/sse/server/options.ts";
export type { Resumed, SubscribeOptions } from "../shell/topics/archive.ts";
export type { Backplane, BackplaneListener } from "../shell/topics/brokers/backplane.ts";
export {
  type JetStreamConnectionLike,
  type NatsHistoryOptions,
  natsHistory,
} from "../shell/topics/brokers/nats-history.ts";
export { type NatsConnectionLike, natsBackplane } from "../shell/topics/brokers/nats.ts";
export { type RedisHistoryClients, redisHistory } from "../shell/topics/brokers/redis-history.ts";
export {
  type IoRedisLike,
  type NodeRedisLike,
  type RedisClients,
  redisBackplane,
} from "../shell/topics/brokers/redis.ts";
export type { StoreLimits, StoredMessage, TopicStore } from "../shell/topics/brokers/store.ts";
export type { SlowPolicy, TopicHistory, TopicRule } from "../shell/topics/rules.ts";
export type { Subscriber } from "../shell/topics/subscriber.ts";
export type { Topic } from "../shell/topics/topic.ts";
export type {
  PublishOptions,
  Topics,
  TopicsCounters,
  TopicsOptions,
} from "../shell/topics/topics.ts";
export { type CloseInfo, ClosedError } from "../shell/websocket/close-info.ts";
export type { DeflateOptions, ExtensionOptions } from "../shell/websocket/extensions/options.ts";
export type { ExtensionPlugin } from "../shell/websocket/extensions/plugin.ts";
export { ConnectError } from "../shell/websocket/opened.ts";
export type { WebSocketOptions } from "../shell/websocket/options.ts";
export type { SendingOptions } from "../shell/websocket/send.ts";
export { NotSentError, type SendCallback } from "../shell/websocket/sending/sent-callbacks.ts";
export type { MessagePiece, MessageStream } from "../shell/websocket/streaming/message-stream.ts";
export type { MessagesOptions } from "../shell/websocket/streaming/messages.ts";
export type { SendStreamOptions } from "../shell/websocket/streaming/send-stream.ts";
export type { WebSocketStreams } from "../shell/websocket/streaming/web-streams.ts";
export { TOPICS_PROTOCOL } from "../topics/wire.ts";
export { explainClose } from "../trace/explain/close.ts";
export { explain } from "../trace/explain/explain.ts";
export type { TraceSettings, TraceSink } from "../trace/record/sink.ts";
export { replay } from "../trace/replay/replay.ts";
export { type TraceRing, type TraceRingOptions, createTraceRing } from "../trace/ring.ts";
