import { type Duplex, Stream } from "node:stream";
import { openAccepted } from "../../shell/server/sockets.ts";
import type { Runtime } from "../../shell/runtime/runtime.ts";
import { WebSocket as Face } from "../../shell/websocket/websocket.ts";
import {
  readOptions,
  readProtocols,
  validateOptions,
  type WebSocketOptions,
} from "../../shell/websocket/options.ts";
import type { ClientConstructor } from "./client.ts";
import type { EventSourceConstructor } from "./event-source.ts";
import { isSecureRequest, isWebSocket } from "../server/incoming.ts";
import { openingRequestOf, type RequestLike } from "../server/opening-request.ts";

type Protocols = string | readonly string[] | null;

/** Makes a server's WebSockets; `WebSocket.call(this, …)` in an old-style subclass works too. */
export interface WebSocketConstructor {
  /**
   * Answers the opening `request`, of which `socket` and `head` came with the `upgrade` event of `node:http`. Listeners added before the
   * code now running has returned see `open`.
   * @param protocols subprotocols that are spoken: the first of the client's that is among them is chosen
   * @throws {Error} for an option or header that is not accepted; then nothing has been written.
   */
  new (
    request: RequestLike,
    socket: Duplex | null | undefined,
    head?: Uint8Array | null,
    protocols?: Protocols,
    options?: WebSocketOptions | null,
  ): Face;
  (
    this: Face,
    request: RequestLike,
    socket: Duplex | null | undefined,
    head?: Uint8Array | null,
    protocols?: Protocols,
    options?: WebSocketOptions | null,
  ): void;
  readonly prototype: Face;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  /**
   * How long a closing handshake may take, in milliseconds, for sockets made from now on without the option `closeTimeout`.
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
    this: Face,
    request: RequestLike,
    socket: Duplex | null | undefined,
    head?: Uint8Array | null,
    protocols?: Protocols,
    options?: WebSocketOptions | null,
  ): void {
    if (!((this as unknown) instanceof WebSocketFunction))
      throw new TypeError("WebSocket: use new, or call it on an object that inherits from it");
    if (typeof request !== "object")
      throw new TypeError(
        `WebSocket: expected the request of an upgrade event, got a ${typeof request}; a client is made by connect() or new WebSocket.Client()`,
      );
    const settings = readOptions(options, Face.CLOSE_TIMEOUT, runtime);
    const secure = isSecureRequest(request);
    Stream.call(this);
    openAccepted(this, {
      runtime,
      duplex: socket,
      request: openingRequestOf(request, secure),
      secure,
      head,
      protocols: readProtocols(protocols),
      settings,
      drafts: true,
      origins: "*",
    });
  }
  // One prototype for all: what `upgrade`, `serve`, `listen` and `connect` make are instances too, and so are clients.
  WebSocketFunction.prototype = Face.prototype;
  Object.defineProperty(Face.prototype, "constructor", {
    value: WebSocketFunction,
    writable: true,
    configurable: true,
  });
  Object.setPrototypeOf(WebSocketFunction, Face);
  Object.defineProperties(WebSocketFunction, {
    name: { value: "WebSocket", configurable: true },
    super_: { value: Face, configurable: true, writable: true },
  });
  Object.assign(WebSocketFunction, {
    isWebSocket,
    validateOptions,
    WebSocket: WebSocketFunction,
    ...statics,
  });
  return WebSocketFunction as unknown as WebSocketConstructor;
}
