import { Stream } from "node:stream";
import type { OpeningResponse } from "../../opening.ts";
import { ProtocolViolation } from "../../violation.ts";
import type { Attempt } from "../../shell/client/opening.ts";
import { openClient } from "../../shell/server/sockets.ts";
import type { Runtime } from "../../shell/runtime/runtime.ts";
import { WebSocket as CoreWebSocket } from "../../shell/websocket/websocket.ts";
import {
  readOptions,
  readProtocols,
  type Settings,
  type WebSocketOptions,
} from "../../shell/websocket/options.ts";
import { authorizationOf } from "../client/basic-authorization.ts";
import {
  CLIENT_OPTIONS,
  type ClientOptions,
  readClientOptions,
  readUrl,
  type ServerTarget,
} from "../client/options.ts";
import type { ConnectTransport } from "../client/connector.ts";
import { redirectedTo } from "../client/redirects.ts";

/** A client's socket. */
export interface Client extends CoreWebSocket {}

/** Makes {@link Client}s; `Client.call(this, …)` in an old-style subclass works too. */
export interface ClientConstructor {
  /**
   * Connects, and returns at once.
   * @param url `ws:` or `wss:`, or `ws+unix:/path/to/socket:/target`. User and password in it become Basic authentication; a fragment is not sent.
   * @param protocols subprotocols to offer, in order of preference
   * @throws {Error} `<url> is not a valid WebSocket URL`, and for an invalid option, header or subprotocol; no
   * socket exists then.
   */
  new (
    url: string | URL,
    protocols?: string | readonly string[] | null,
    options?: ClientOptions | null,
  ): Client;
  (
    this: Client,
    url: string | URL,
    protocols?: string | readonly string[] | null,
    options?: ClientOptions | null,
  ): void;
  readonly prototype: Client;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  /** @see the same of `WebSocket` */
  CLOSE_TIMEOUT: number;
}

type Protocols = string | readonly string[] | null;
type OpenTo = (
  socket: CoreWebSocket,
  url: string | URL,
  protocols: Protocols | undefined,
  options: ClientOptions | null | undefined,
) => void;

/** How a constructor of clients makes another object one: `new WebSocket(url)` is no `Client`, and connects as one does. */
export const openersOf = new WeakMap<ClientConstructor, OpenTo>();

/** Makes `socket` a client's socket, as the constructor does; `connectTransport` may return an open connection. */
export function openClientTo(
  socket: CoreWebSocket,
  runtime: Runtime,
  connectTransport: ConnectTransport,
  url: string | URL,
  protocols: Protocols | undefined,
  options: ClientOptions | null | undefined,
): void {
  const { text, parsed, socketPath } = readUrl(url);
  const settings = readOptions(
    options as WebSocketOptions | null | undefined,
    CoreWebSocket.CLOSE_TIMEOUT,
    runtime,
    CLIENT_OPTIONS,
  );
  const {
    transport: transportOptions,
    origin,
    maxRedirects,
    signal,
  } = readClientOptions(options, socketPath);
  const headers =
    origin === undefined ? settings.headers : [["Origin", origin] as const, ...settings.headers];
  const follows = maxRedirects !== undefined;
  const target: ServerTarget = {
    url: parsed,
    text,
    transport: transportOptions,
    headers,
    hops: maxRedirects ?? 0,
  };
  const attempt = attemptOf(target, connectTransport, readProtocols(protocols), settings, follows);
  Stream.call(socket);
  openClient(socket, {
    ...attempt,
    runtime,
    options: settings.connection,
    observer: settings.observer,
    record: settings.record,
    signal,
  });
}

function attemptOf(
  target: ServerTarget,
  connectTransport: ConnectTransport,
  protocols: readonly string[],
  settings: Settings,
  follows: boolean,
): Attempt {
  const { url, text, transport: transportOptions, headers } = target;
  const authorization = authorizationOf(url);
  const request = {
    host: url.host,
    target: url.pathname + url.search,
    protocols,
    headers:
      authorization === undefined
        ? headers
        : [["Authorization", authorization] as const, ...headers],
    extensions: settings.extensions,
    ...(transportOptions.http2 || transportOptions.session
      ? { http2: { scheme: url.protocol === "wss:" ? ("https" as const) : ("http" as const) } }
      : {}),
  };
  const redirect = (response: OpeningResponse): Attempt | ProtocolViolation => {
    const next = redirectedTo(target, response);
    return next instanceof ProtocolViolation
      ? next
      : attemptOf(next, connectTransport, protocols, settings, follows);
  };
  return {
    connect: () => connectTransport(url, transportOptions, settings.connection.handshakeTimeout),
    url: text,
    request,
    redirect: follows ? redirect : undefined,
  };
}

/** Makes `WebSocket.Client` on the timers and memory of a runtime, connecting by `connectTransport`. */
export function clientConstructor(
  runtime: Runtime,
  connectTransport: ConnectTransport,
): ClientConstructor {
  function ClientFunction(
    this: CoreWebSocket,
    url: string | URL,
    protocols?: Protocols,
    options?: ClientOptions | null,
  ): void {
    if (!((this as unknown) instanceof ClientFunction))
      throw new TypeError(
        "WebSocket.Client: use new, or call it on an object that inherits from it",
      );
    openClientTo(this, runtime, connectTransport, url, protocols, options);
  }
  Object.setPrototypeOf(ClientFunction, CoreWebSocket);
  Object.setPrototypeOf(ClientFunction.prototype as object, CoreWebSocket.prototype);
  Object.defineProperty(ClientFunction, "name", { value: "Client", configurable: true });
  Object.defineProperty(ClientFunction, "super_", {
    value: CoreWebSocket,
    configurable: true,
    writable: true,
  });
  const constructor = ClientFunction as unknown as ClientConstructor;
  openersOf.set(constructor, (socket, url, protocols, options) => {
    openClientTo(socket, runtime, connectTransport, url, protocols, options);
  });
  return constructor;
}
