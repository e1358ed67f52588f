export { type AdapterApi, adapterApi, type AdapterParts } from "./adapter.ts";
export { acceptConnection, type AcceptOptions } from "./server/accept.ts";
export {
  type Client,
  type ClientConstructor,
  clientConstructor,
  openClientTo,
} from "./constructors/client.ts";
export { type ClientOptions, refuseReserved, type TransportOptions } from "./client/options.ts";
export {
  type Connect,
  type ConnectOptions,
  connectWith,
  type ReconnectingOptions,
} from "./client/connect.ts";
export { connectSocket, type SocketOptions, hostOf, portOf } from "./client/connect-socket.ts";
export {
  type EventSourceClientConstructor,
  type EventSourceConstructor,
} from "./constructors/event-source.ts";
export type { ErrorHandler, FetchHandler } from "./server/fetch-bridge.ts";
export { type Listen, type ListenOptions, netListen } from "./server/listen.ts";
export { type ListenAddress, requestedAddress } from "./server/listener.ts";
export type { NodeHandler, NodeModules, ToNodeHandler } from "./node-modules.ts";
export type { RequestLike } from "./server/opening-request.ts";
export type { DispatcherLike, DispatchHandler } from "./client/dispatcher.ts";
export type { ConnectionTarget, CreateConnection } from "./client/own-socket.ts";
export type { ProxyOptions } from "./client/proxy.ts";
export {
  type ConnectDirectly,
  type ConnectTransport,
  transportConnector,
} from "./client/connector.ts";
export { type Serve, type ServeOptions, serveOn } from "./server/serve.ts";
export {
  checkedOptions,
  secureOptions,
  type SocketServer,
  socketServer,
  type SocketServerOptions,
} from "./server/socket-server.ts";
export {
  type Reject,
  rejectOn,
  type Upgrade,
  type UpgradeOptions,
  upgradeOn,
} from "./server/upgrade.ts";
export { warn } from "./warning.ts";
export { type WebSocketConstructor, webSocketConstructor } from "./constructors/websocket.ts";
export {
  type ProcessRecorder,
  processRecorder,
  type RecordingProcess,
  type TraceFiles,
  type TraceFolder,
  type TraceFolderOptions,
} from "./trace-folder.ts";
export type { ReconnectingClientOptions, ReconnectingConstructor } from "./client/reconnecting.ts";
