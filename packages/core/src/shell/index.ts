export {
  Clients,
  type Decision,
  type ServedSocket,
  type WebSocketHandlers,
} from "./clients.ts";
export { type ClientDriver, type ConnectionObserver, driveClient, Driver, type DriverListener, driveServer, type ServerDriver } from "./driver.ts";
export type { Attempt, ClientInit } from "./client-opening.ts";
export { type DuplexLike, DuplexTransport } from "./duplex-transport.ts";
export { CloseEvent, ErrorEvent, Event } from "./event.ts";
export { broadcast, type BroadcastOptions } from "./broadcast.ts";
export type { ChunkSource } from "./chunks.ts";
export { ClosedError, type CloseInfo } from "./closed.ts";
export type { MessagePiece, MessageStream } from "./message-stream.ts";
export type { MessagesOptions } from "./messages.ts";
export type { SendStreamOptions } from "./send-stream.ts";
export type { WebSocketStreams } from "./web-streams.ts";
export { prepare, type PreparedMessage, type PrepareOptions } from "../connection/prepared.ts";
export { type DeflateOptions, type ExtensionOptions, readExtensions } from "./extension-options.ts";
export { type ExtensionPlugin, extensionFromPlugin } from "./extension-plugin.ts";
export {
  type AcceptedInit,
  acceptedFace,
  type AdoptedInit,
  adoptedFace,
  clientFace,
  openAccepted,
  openClient,
} from "./faces.ts";
export { type BinaryType, type MessageData, MessageEvent } from "./message-event.ts";
export type { SendingOptions } from "./outgoing.ts";
export { ConnectError, opened } from "./opened.ts";
export { Reception, type ReceptionOptions } from "./reception.ts";
export type { FetchResponse } from "./refusal.ts";
export type { Runtime } from "./runtime.ts";
export { createZlibCompression } from "./zlib-compression.ts";
export type { Zlib, ZlibOptions, ZlibStream } from "./zlib.ts";
export { type Address, ListenError, type Listener, Server, type StopOptions } from "./server.ts";
export { type Transport, type TransportListener, WAITS_FOR } from "./transport.ts";
export { WebSocket } from "./websocket.ts";
export { checkedDrafts, readOptions, readProtocols, type Settings, validateOptions, type WebSocketOptions } from "./websocket-options.ts";
export { type ChannelEvent, channelFor, type ChannelOptions, EventChannel, type HistoryOptions } from "./event-channel.ts";
export type { EventSourceClientHost, EventSourceClientOptions } from "./event-source-client-options.ts";
export type { FetchLike } from "./event-source-client-request.ts";
export { EventSourceClient, type EventSourceClientEvents, type EventSourceListener, type EventSourceMessage } from "./event-source-client.ts";
export { EventSourceErrorEvent } from "./event-source-error-event.ts";
export { EventSource, openEventSource } from "./event-source.ts";
export {
  EVENT_STREAM_FIELDS,
  eventSourceFor,
  type EventSourceFunction,
  type EventSourceResponse,
  type FetchRequestLike,
  isEventSource,
} from "./event-source-fetch.ts";
export { type EventSourceDefaults, type EventSourceOptions, type EventSourceSettings, readEventSourceOptions, type SendOptions } from "./event-source-options.ts";
export { readLastEventId } from "./last-event-id.ts";
export { type ResponseLike, ResponseTransport } from "./response-transport.ts";
export { encodeShortAscii, isShortAscii } from "./short-ascii.ts";
export { type MakeWire, pendingWire, type WireOutcome } from "./pending-transport.ts";
export type { Carrier, Wire } from "./wire.ts";
export { acceptWire, type AcceptOptions } from "./node-layer/accept.ts";
export { type Client, type ClientConstructor, clientConstructor, openClientTo } from "./node-layer/client-constructor.ts";
export type { ClientOptions, Route } from "./node-layer/client-options.ts";
export { type Connect, type ConnectOptions, connectWith } from "./node-layer/connect.ts";
export { dial, type DialOptions, hostOf, portOf } from "./node-layer/dial.ts";
export { type EventSourceClientConstructor, type EventSourceConstructor, eventSourceConstructor } from "./node-layer/event-source-constructor.ts";
export type { ErrorHandler, FetchHandler } from "./node-layer/fetch-bridge.ts";
export { type Listen, type ListenOptions, netListen } from "./node-layer/listen.ts";
export { type ListenAddress, requestedAddress } from "./node-layer/listener.ts";
export type { NodeLayer, ToNodeHandler } from "./node-layer/node-layer.ts";
export type { RequestLike } from "./node-layer/opening-request.ts";
export type { NodeHandler } from "./node-layer/request-handler.ts";
export type { DispatcherLike, DispatchHandler } from "./node-layer/dispatcher-wire.ts";
export type { ConnectionTarget, CreateConnection } from "./node-layer/own-socket.ts";
export type { ProxyOptions } from "./node-layer/proxy.ts";
export { type Dial, type Reach, reachBy } from "./node-layer/reach.ts";
export { type Serve, type ServeOptions, serveOn } from "./node-layer/serve.ts";
export { secureOptions, type SocketServer, socketServer, type SocketServerOptions } from "./node-layer/socket-server.ts";
export { type Reject, rejectOn, type Upgrade, type UpgradeOptions, upgradeOn } from "./node-layer/upgrade.ts";
export { warn } from "./node-layer/warning.ts";
export { type WebSocketConstructor, webSocketConstructor } from "./node-layer/websocket-constructor.ts";
