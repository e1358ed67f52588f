// Written by hand: no tool makes `export =` of an ES module.
import type * as ws from "../dist/ws.cjs";

/** The class, and every other name of the package as a static. */
declare const WebSocket: typeof ws.WebSocket;
type WebSocket = ws.WebSocket;

declare namespace WebSocket {
  export type AddressInfo = ws.AddressInfo;
  export type CertMeta = ws.CertMeta;
  export type ClientOptions = ws.ClientOptions;
  export type CloseEvent = ws.CloseEvent;
  export type Data = ws.Data;
  export type ErrorEvent = ws.ErrorEvent;
  export type Event = ws.Event;
  export type EventListenerOptions = ws.EventListenerOptions;
  export type FinishRequestCallback = ws.FinishRequestCallback;
  export type MessageEvent = ws.MessageEvent;
  export type PerMessageDeflateOptions = ws.PerMessageDeflateOptions;
  export type RawData = ws.RawData;
  export type ServerOptions = ws.ServerOptions;
  export type VerifyClientCallbackAsync = ws.VerifyClientCallbackAsync;
  export type VerifyClientCallbackSync = ws.VerifyClientCallbackSync;
  export type WebSocketEventMap = ws.WebSocketEventMap;
  export type Server = ws.WebSocketServer;
  export type WebSocket = ws.WebSocket;
  export type WebSocketServer = ws.WebSocketServer;
}

export = WebSocket;
