/** The API of `ws` 8: in its place, also by the name `ws` (`packages/node-adapter/ws`). */
import {
  type WebSocket as Socket,
  type WebSocketConstructor,
  type WebSocketServer as Server,
  type WebSocketServerConstructor,
  type WsApi,
  wsApi,
  type WsExports,
  type WsStatics,
} from "@sansocket/core/ws";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { mayUseNetwork, nodeRuntime } from "./runtime.ts";

export type {
  AddressInfo,
  CertMeta,
  ClientOptions,
  CloseEvent,
  Data,
  ErrorEvent,
  Event,
  EventListenerOptions,
  FinishRequestCallback,
  MessageEvent,
  PerMessageDeflateOptions,
  RawData,
  ServerOptions,
  VerifyClientCallbackAsync,
  VerifyClientCallbackSync,
  WebSocketEventMap,
} from "@sansocket/core/ws";

const api: WsApi = wsApi({
  runtime: nodeRuntime,
  http,
  https,
  net,
  tls,
  setImmediate: (callback) => setImmediate(callback),
  mayUseNetwork,
});

/** Wraps a socket in a `stream.Duplex`. */
export const createWebSocketStream: WsExports["createWebSocketStream"] = api.createWebSocketStream;
/** Parses and writes `Sec-WebSocket-Extensions` (RFC 6455 §9.1). */
export const extension: WsExports["extension"] = api.extension;
/** Negotiates permessage-deflate, and compresses (RFC 7692). */
export const PerMessageDeflate: WsExports["PerMessageDeflate"] = api.PerMessageDeflate;
/** Decodes frames, as a `stream.Writable`. */
export const Receiver: WsExports["Receiver"] = api.Receiver;
/** Encodes frames into a stream. */
export const Sender: WsExports["Sender"] = api.Sender;
/** Parses `Sec-WebSocket-Protocol` (RFC 6455 §11.3.4). */
export const subprotocol: WsExports["subprotocol"] = api.subprotocol;

/** A WebSocket, a server's or a client's. */
export interface WebSocket extends Socket {}
/** The class of every socket; `new WebSocket(url, protocols, options)` is a client's. */
export const WebSocket: WebSocketConstructor & WsStatics = api.WebSocket;

/** A server of WebSockets. */
export interface WebSocketServer extends Server {}
/** The class of a server: on a port, on a server of `node:http`, or on none. */
export const WebSocketServer: WebSocketServerConstructor = api.WebSocketServer;

export { WebSocket as default, WebSocketServer as Server };
