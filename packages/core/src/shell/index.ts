export type { Latency } from "../connection/round-trips.ts";
export {
  Clients,
  type ServedSocket,
  type WebSocketHandlers,
  type WithContext,
} from "./server/clients.ts";
export type { Acceptance, Decision, Upgrader } from "./server/decision.ts";
export type { RequestHead } from "./server/request-head.ts";
export {
  type ClientDriver,
  type ConnectionObserver,
  Driver,
  type DriverListener,
  type ServerDriver,
} from "./websocket/driver.ts";
export { driveClient, driveServer } from "./websocket/driving/drive.ts";
export {
  type Diagnostics,
  diagnosticsBy,
  type DiagnosticsChannel,
} from "./diagnostics/channels.ts";
export type { Attempt, ClientInit } from "./client/opening.ts";
export { type DuplexLike, DuplexTransport } from "./transport/duplex.ts";
export { CloseEvent, ErrorEvent, Event } from "./events/event.ts";
export { broadcast, type BroadcastOptions } from "./server/broadcast.ts";
export type { ChunkSource } from "./runtime/chunks.ts";
export type { BudgetCounters, BudgetOptions } from "./server/budget.ts";
export { ClosedError, type CloseInfo } from "./websocket/close-info.ts";
export type { MessagePiece, MessageStream } from "./websocket/streaming/message-stream.ts";
export type { MessagesOptions } from "./websocket/streaming/messages.ts";
export type { SendStreamOptions } from "./websocket/streaming/send-stream.ts";
export type { WebSocketStreams } from "./websocket/streaming/web-streams.ts";
export { prepare, type PreparedMessage, type PrepareOptions } from "../connection/send/prepared.ts";
export {
  type DeflateOptions,
  type ExtensionOptions,
  readExtensions,
} from "./websocket/extensions/options.ts";
export { type ExtensionPlugin, extensionFromPlugin } from "./websocket/extensions/plugin.ts";
export {
  type AcceptedInit,
  acceptedSocket,
  type AdoptedInit,
  adoptedSocket,
  clientSocket,
  openAccepted,
  openClient,
} from "./server/sockets.ts";
export { type BinaryType, type MessageData, MessageEvent } from "./events/message-event.ts";
export type { SendingOptions } from "./websocket/send.ts";
export { NotSentError, type SendCallback } from "./websocket/sending/sent-callbacks.ts";
export { ConnectError, opened } from "./websocket/opened.ts";
export { Acceptor, type AcceptorOptions } from "./server/acceptor.ts";
export type { FetchResponse } from "./server/refusal.ts";
export type { Runtime } from "./runtime/runtime.ts";
export { createZlibCompression } from "./compression/compression.ts";
export type { Zlib, ZlibOptions, ZlibStream } from "./compression/zlib.ts";
export {
  type Address,
  ListenError,
  type Listener,
  Server,
  type StopOptions,
} from "./server/server.ts";
export { takeConnection } from "./transport/ownership.ts";
export { NOT_WRITABLE, SentMarks } from "./transport/sent-marks.ts";
export {
  type Sent,
  type Transport,
  type TransportListener,
  WAITS_FOR,
} from "./transport/transport.ts";
export { WebSocket } from "./websocket/websocket.ts";
export {
  checkedDrafts,
  readOptions,
  readProtocols,
  type Settings,
  validateOptions,
  type WebSocketOptions,
} from "./websocket/options.ts";
export {
  type ChannelEvent,
  channelFor,
  type ChannelOptions,
  EventChannel,
  type HistoryOptions,
} from "./sse/server/channel.ts";
export type { EventSourceClientHost, EventSourceClientOptions } from "./sse/client/options.ts";
export type { FetchLike } from "./sse/client/request.ts";
export {
  EventSourceClient,
  type EventSourceClientEvents,
  type EventSourceListener,
  type EventSourceMessage,
} from "./sse/client/client.ts";
export { EventSourceErrorEvent } from "./sse/client/error-event.ts";
export { EventSource, openEventSource } from "./sse/server/event-source.ts";
export {
  EVENT_STREAM_FIELDS,
  eventSourceFor,
  type EventSourceFunction,
  type EventSourceResponse,
  type FetchRequestLike,
  isEventSource,
} from "./sse/server/fetch.ts";
export {
  type EventSourceDefaults,
  type EventSourceOptions,
  type EventSourceSettings,
  readEventSourceOptions,
  type SendOptions,
} from "./sse/server/options.ts";
export { readLastEventId } from "./sse/server/last-event-id.ts";
export { type ResponseLike, ResponseTransport } from "./transport/response.ts";
export { encodeShortAscii, isShortAscii } from "./runtime/short-ascii.ts";
export {
  type StartConnecting,
  pendingConnector,
  type ConnectOutcome,
} from "./transport/pending.ts";
export type { Connector, TransportSource } from "./transport/connector.ts";
export {
  type PublishOptions,
  type Topics,
  type TopicsCounters,
  topicsFor,
  type TopicsOptions,
} from "./topics/topics.ts";
export type { Topic } from "./topics/topic.ts";
export type { SlowPolicy, TopicHistory, TopicRule } from "./topics/rules.ts";
export type { Resumed, SubscribeOptions } from "./topics/archive.ts";
export type { StoredMessage, StoreLimits, TopicStore } from "./topics/brokers/store.ts";
export { TOPICS_PROTOCOL } from "../topics/wire.ts";
export type { Subscriber } from "./topics/subscriber.ts";
export type { Backplane, BackplaneListener } from "./topics/brokers/backplane.ts";
export { natsBackplane, type NatsConnectionLike } from "./topics/brokers/nats.ts";
export {
  type JetStreamConnectionLike,
  natsHistory,
  type NatsHistoryOptions,
} from "./topics/brokers/nats-history.ts";
export {
  type BroadcastChannelLike,
  clusterBackplaneFor,
  type ClusterLike,
  type ClusterParts,
  type ClusterProcessLike,
  type ClusterWorkerLike,
} from "./topics/brokers/cluster.ts";
export type { ReconnectingClient, ReconnectingEvents } from "./reconnect/client.ts";
export type { Loss, ReconnectOptions } from "./reconnect/options.ts";
export { redisHistory, type RedisHistoryClients } from "./topics/brokers/redis-history.ts";
export {
  type IoRedisLike,
  type NodeRedisLike,
  redisBackplane,
  type RedisClients,
} from "./topics/brokers/redis.ts";
