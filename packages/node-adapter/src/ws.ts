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

export const createWebSocketStream: WsExports["createWebSocketStream"] = api.createWebSocketStream;
export const extension: WsExports["extension"] = api.extension;
export const PerMessageDeflate: WsExports["PerMessageDeflate"] = api.PerMessageDeflate;
export const Receiver: WsExports["Receiver"] = api.Receiver;
export const Sender: WsExports["Sender"] = api.Sender;
export const subprotocol: WsExports["subprotocol"] = api.subprotocol;

/** A WebSocket, a server's or a client's. */
export interface WebSocket extends Socket {}
export const WebSocket: WebSocketConstructor & WsStatics = api.WebSocket;

/** A server of WebSockets. */
export interface WebSocketServer extends Server {}
export const WebSocketServer: WebSocketServerConstructor = api.WebSocketServer;

export { WebSocket as default, WebSocketServer as Server };
