// Written by hand: no tool makes `export =` of an ES module.
import type * as adapter from "../dist/index.cjs";

/** The class, and every other name of the package as a static. */
declare const WebSocket: typeof adapter.WebSocket & Omit<typeof adapter, "WebSocket">;
type WebSocket = adapter.WebSocket;

declare namespace WebSocket {
  export type BinaryType = adapter.BinaryType;
  export type BroadcastOptions = adapter.BroadcastOptions;
  export type ChannelEvent = adapter.ChannelEvent;
  export type ChannelOptions = adapter.ChannelOptions;
  export type ChunkSource = adapter.ChunkSource;
  export type Client = adapter.Client;
  export type ClientConstructor = adapter.ClientConstructor;
  export type ClientOptions = adapter.ClientOptions;
  export type ClosedError = adapter.ClosedError;
  export type CloseEvent = adapter.CloseEvent;
  export type CloseInfo = adapter.CloseInfo;
  export type Connect = adapter.Connect;
  export type ConnectionTarget = adapter.ConnectionTarget;
  export type ConnectError = adapter.ConnectError;
  export type ConnectOptions = adapter.ConnectOptions;
  export type CreateConnection = adapter.CreateConnection;
  export type DispatcherLike = adapter.DispatcherLike;
  export type DispatchHandler = adapter.DispatchHandler;
  export type ProxyOptions = adapter.ProxyOptions;
  export type DeflateOptions = adapter.DeflateOptions;
  export type ErrorEvent = adapter.ErrorEvent;
  export type Event = adapter.Event;
  export type EventChannel = adapter.EventChannel;
  export type EventSource = adapter.EventSource;
  export type EventSourceClient = adapter.EventSourceClient;
  export type EventSourceClientEvents = adapter.EventSourceClientEvents;
  export type EventSourceClientOptions = adapter.EventSourceClientOptions;
  export type EventSourceConstructor = adapter.EventSourceConstructor;
  export type EventSourceErrorEvent = adapter.EventSourceErrorEvent;
  export type EventSourceMessage = adapter.EventSourceMessage;
  export type EventSourceOptions = adapter.EventSourceOptions;
  export type EventSourceResponse = adapter.EventSourceResponse;
  export type ExtensionOptions = adapter.ExtensionOptions;
  export type ExtensionPlugin = adapter.ExtensionPlugin;
  export type HistoryOptions = adapter.HistoryOptions;
  export type Listen = adapter.Listen;
  export type ListenError = adapter.ListenError;
  export type ListenOptions = adapter.ListenOptions;
  export type MessageData = adapter.MessageData;
  export type MessageEvent = adapter.MessageEvent;
  export type MessagePiece = adapter.MessagePiece;
  export type MessagesOptions = adapter.MessagesOptions;
  export type MessageStream = adapter.MessageStream;
  export type PreparedMessage = adapter.PreparedMessage;
  export type PrepareOptions = adapter.PrepareOptions;
  export type Reject = adapter.Reject;
  export type SendingOptions = adapter.SendingOptions;
  export type SendOptions = adapter.SendOptions;
  export type SendStreamOptions = adapter.SendStreamOptions;
  export type Serve = adapter.Serve;
  export type ServeOptions = adapter.ServeOptions;
  export type Server<S extends adapter.WebSocket> = adapter.Server<S, adapter.MessageData>;
  export type SocketServer = adapter.SocketServer;
  export type SocketServerOptions = adapter.SocketServerOptions;
  export type TraceFolderOptions = adapter.TraceFolderOptions;
  export type TraceRing = adapter.TraceRing;
  export type TraceRingOptions = adapter.TraceRingOptions;
  export type TraceSettings = adapter.TraceSettings;
  export type TraceSink = adapter.TraceSink;
  export type Upgrade = adapter.Upgrade;
  export type UpgradeOptions = adapter.UpgradeOptions;
  export type WebSocket = adapter.WebSocket;
  export type WebSocketConstructor = adapter.WebSocketConstructor;
  export type WebSocketHandlers<S, Data = adapter.MessageData> = adapter.WebSocketHandlers<S, Data>;
  export type WebSocketOptions = adapter.WebSocketOptions;
  export type WebSocketStreams = adapter.WebSocketStreams;
}

export = WebSocket;
