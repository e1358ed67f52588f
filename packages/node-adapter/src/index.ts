export type {
  BinaryType, ClientConstructor, ClientOptions, CloseEvent, Connect, ConnectOptions, ErrorEvent, Event, Listen, ListenOptions, MessageData, MessageEvent, Reject, Serve, ServeOptions, Server,
  SocketServer, SocketServerOptions, Upgrade, UpgradeOptions, WebSocketConstructor, WebSocketHandlers, WebSocketOptions,
} from "@sansocket/core/shell";
export type {
  ChannelEvent, ChannelOptions, EventChannel, EventSourceClientEvents, EventSourceClientOptions, EventSourceConstructor, EventSourceErrorEvent, EventSourceMessage,
  EventSourceOptions, EventSourceResponse, HistoryOptions, SendOptions,
} from "@sansocket/core/shell";
export type { ConnectionTarget, CreateConnection, DispatcherLike, DispatchHandler, ProxyOptions } from "@sansocket/core/shell";
export type { DeflateOptions, ExtensionOptions, ExtensionPlugin, SendingOptions } from "@sansocket/core/shell";
export type {
  BroadcastOptions, ChunkSource, CloseInfo, MessagePiece, MessagesOptions, MessageStream, PreparedMessage, PrepareOptions, SendStreamOptions, WebSocketStreams,
} from "@sansocket/core/shell";
export { broadcast, ClosedError, ConnectError, isEventSource, ListenError, prepare } from "@sansocket/core/shell";
export { EventSourceClient } from "./event-source-client.ts";
export { EventSource } from "./event-source.ts";
export { channel, eventSource } from "./event-stream.ts";
export { nodePlatform } from "./platform.ts";
export { Client, connect, listen, reject, serve, upgrade, WebSocket as default, WebSocket } from "./sockets.ts";
