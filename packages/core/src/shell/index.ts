export {
  Clients,
  type Decision,
  type ServedSocket,
  type WebSocketHandlers,
} from "./clients.ts";
export { type ClientDriver, type ConnectionObserver, driveClient, Driver, type DriverListener, driveServer, type ServerDriver } from "./driver.ts";
export { type DuplexLike, DuplexTransport } from "./duplex-transport.ts";
export { CloseEvent, ErrorEvent, Event } from "./event.ts";
export { type DeflateOptions, type ExtensionOptions, readExtensions } from "./extension-options.ts";
export { type ExtensionPlugin, extensionFromPlugin } from "./extension-plugin.ts";
export {
  type AcceptedInit,
  acceptedFace,
  type AdoptedInit,
  adoptedFace,
  clientFace,
  type ClientInit,
  openAccepted,
  openClient,
} from "./faces.ts";
export { type BinaryType, type MessageData, MessageEvent } from "./message-event.ts";
export type { SendingOptions } from "./outgoing.ts";
export { ConnectError, opened } from "./opened.ts";
export { Reception, type ReceptionOptions } from "./reception.ts";
export type { Runtime } from "./runtime.ts";
export { createZlibCompression } from "./zlib-compression.ts";
export type { Zlib, ZlibOptions, ZlibStream } from "./zlib.ts";
export { type Address, ListenError, type Listener, Server, type StopOptions } from "./server.ts";
export type { Transport, TransportListener } from "./transport.ts";
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
