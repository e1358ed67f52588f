import { type Duplex, Stream } from "node:stream";
import { openAccepted } from "../../shell/server/sockets.ts";
import type { Runtime } from "../../shell/runtime/runtime.ts";
import { WebSocket as CoreWebSocket } from "../../shell/websocket/websocket.ts";
import {
  readOptions,
  readProtocols,
  validateOptions,
  type WebSocketOptions,
} from "../../shell/websocket/options.ts";
import { type ClientOptions, refuseReserved } from "../client/options.ts";
import { type ClientConstructor, openersOf } from "./client.ts";
import type { EventSourceConstructor } from "./event-source.ts";
import { isSecureRequest, isWebSocket } from "../server/incoming.ts";
import { openingRequestOf, type RequestLike } from "../server/opening-request.ts";
import { isAddress, readAddress, readNames } from "./web-arguments.ts";

type Protocols = string | readonly string[] | null;

/** The options of a client, with the subprotocols among them. */
export interface WebSocketInit extends ClientOptions {
  readonly protocols?: Protocols | undefined;
}

/** Makes a client's WebSockets from a URL, and a server's from a request; `WebSocket.call(this, …)` in an old-style subclass works too. */
export interface WebSocketConstructor {
  /**
   * Connects, as the constructor of browsers does, and returns at once: for code that takes a class to connect by. Messages sent before `open` wait.
   * @param url `ws:` or `wss:`, or `http:` or `https:`, which mean the same; or `ws+unix:/path/to/socket:/target`
   * @param protocols subprotocols to offer, in order of preference; or, as Node's own class takes them, the options with `protocols` among them
   * @throws {DOMException} `SyntaxError` for an invalid URL or subprotocol (WHATWG). @throws {Error} for an invalid option.
   */
  new (
    url: string | URL,
    protocols?: string | readonly string[] | WebSocketInit | null,
    options?: ClientOptions | null,
  ): CoreWebSocket;
  (
    this: CoreWebSocket,
    url: string | URL,
    protocols?: string | readonly string[] | WebSocketInit | null,
    options?: ClientOptions | null,
  ): void;
  /**
   * Answers the opening `request`, of which `socket` and `head` came with the `upgrade` event of `node:http`. Listeners added before the
   * code now running has returned see `open`.
   * @param protocols the server's subprotocols: it chooses the first of the client's that is among them
   * @throws {Error} for an invalid option or header; then nothing has been written.
   */
  new (
    request: RequestLike,
    socket: Duplex | null | undefined,
    head?: Uint8Array | null,
    protocols?: Protocols,
    options?: WebSocketOptions | null,
  ): CoreWebSocket;
  (
    this: CoreWebSocket,
    request: RequestLike,
    socket: Duplex | null | undefined,
    head?: Uint8Array | null,
    protocols?: Protocols,
    options?: WebSocketOptions | null,
  ): void;
  readonly prototype: CoreWebSocket;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  /**
   * The longest time for a closing handshake, in milliseconds, for sockets made from now on without the option `closeTimeout`.
   * @defaultValue 30000
   */
  CLOSE_TIMEOUT: number;
  isWebSocket(request: RequestLike): boolean;
  /** @throws {Error} `Unrecognized option: x` for the first key that is not among `validKeys`. */
  validateOptions(options: object, validKeys: readonly string[]): void;
  readonly WebSocket: WebSocketConstructor;
  readonly Client: ClientConstructor;
  readonly EventSource: EventSourceConstructor;
}

/** `WebSocket`, on the timers and memory of a runtime, with the other constructors as its statics. */
export function webSocketConstructor(
  runtime: Runtime,
  statics: Pick<WebSocketConstructor, "Client" | "EventSource">,
): WebSocketConstructor {
  function WebSocketFunction(
    this: CoreWebSocket,
    request: RequestLike | string | URL,
    socket?: Duplex | Protocols | WebSocketInit,
    head?: Uint8Array | ClientOptions | null,
    protocols?: Protocols,
    options?: WebSocketOptions | null,
  ): void {
    if (!((this as unknown) instanceof WebSocketFunction))
      throw new TypeError("WebSocket: use new, or call it on an object that inherits from it");
    if (isAddress(request)) {
      const [names, given] = readInit(socket as Protocols | WebSocketInit, head as ClientOptions);
      refuseReserved(given?.headers);
      return openersOf.get(statics.Client)?.(this, readAddress(request), readNames(names), given);
    }
    if (typeof request !== "object")
      throw new TypeError(
        `WebSocket: expected a URL, or the request of an upgrade event, got ${typeof request}`,
      );
    const settings = readOptions(options, CoreWebSocket.CLOSE_TIMEOUT, runtime);
    const secure = isSecureRequest(request);
    Stream.call(this);
    openAccepted(this, {
      runtime,
      duplex: socket as Duplex,
      request: openingRequestOf(request, secure),
      secure,
      head: head as Uint8Array,
      protocols: readProtocols(protocols),
      settings,
      drafts: true,
      origins: "*",
    });
  }
  // One prototype for all: objects of `upgrade`, `serve`, `listen` and `connect` are instances too, and so are clients.
  WebSocketFunction.prototype = CoreWebSocket.prototype;
  Object.defineProperty(CoreWebSocket.prototype, "constructor", {
    value: WebSocketFunction,
    writable: true,
    configurable: true,
  });
  Object.setPrototypeOf(WebSocketFunction, CoreWebSocket);
  Object.defineProperties(WebSocketFunction, {
    name: { value: "WebSocket", configurable: true },
    super_: { value: CoreWebSocket, configurable: true, writable: true },
  });
  Object.assign(WebSocketFunction, {
    isWebSocket,
    validateOptions,
    WebSocket: WebSocketFunction,
  });
  // Descriptors, not values: a getter makes its class at first use.
  Object.defineProperties(WebSocketFunction, Object.getOwnPropertyDescriptors(statics));
  return WebSocketFunction as unknown as WebSocketConstructor;
}

/** The subprotocols and the options of a client, which may stand in one object. */
function readInit(
  protocols: Protocols | WebSocketInit | undefined,
  options: ClientOptions | null | undefined,
): [Protocols | undefined, ClientOptions | null | undefined] {
  if (typeof protocols !== "object" || protocols === null || Symbol.iterator in protocols)
    return [protocols as Protocols, options];
  const { protocols: names, ...rest } = protocols as WebSocketInit;
  return [names, rest];
}
