import { openAccepted, readOptions, readProtocols, validateOptions, WebSocket as Face, type WebSocketOptions } from "@sansocket/core/shell";
import { type Duplex, Stream } from "node:stream";
import { Client, type ClientConstructor } from "./client.ts";
import { EventSource, type EventSourceConstructor } from "./event-source.ts";
import { isSecureRequest, isWebSocket } from "./incoming.ts";
import { openingRequestOf, type RequestLike } from "./opening-request.ts";
import { nodeRuntime } from "./runtime.ts";

/** A WebSocket, a server's or a client's. */
export interface WebSocket extends Face {}

type Protocols = string | readonly string[] | null;

/** Makes a server's {@link WebSocket}s; `WebSocket.call(this, …)` in an old-style subclass works too. */
export interface WebSocketConstructor {
  /**
   * Answers the opening `request`, of which `socket` and `head` came with Node's `upgrade` event. Listeners added before the
   * code now running has returned see `open`.
   * @param protocols subprotocols that are spoken: the first of the client's that is among them is chosen
   * @throws {Error} for an option or header that is not accepted; then nothing has been written.
   */
  new (request: RequestLike, socket: Duplex | null | undefined, head?: Uint8Array | null, protocols?: Protocols, options?: WebSocketOptions | null): WebSocket;
  (this: WebSocket, request: RequestLike, socket: Duplex | null | undefined, head?: Uint8Array | null, protocols?: Protocols, options?: WebSocketOptions | null): void;
  readonly prototype: WebSocket;
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

function WebSocketFunction(
  this: Face, request: RequestLike, socket: Duplex | null | undefined, head?: Uint8Array | null, protocols?: Protocols, options?: WebSocketOptions | null,
): void {
  if (!((this as unknown) instanceof WebSocketFunction)) throw new TypeError("WebSocket: use new, or call it on an object that inherits from it");
  const settings = readOptions(options, Face.CLOSE_TIMEOUT);
  Stream.call(this);
  openAccepted(this, {
    runtime: nodeRuntime,
    duplex: socket,
    request: openingRequestOf(request),
    secure: isSecureRequest(request),
    head,
    protocols: readProtocols(protocols),
    settings,
  });
}

// One prototype for all: what `upgrade`, `serve`, `listen` and `connect` make are instances too, and so are clients.
WebSocketFunction.prototype = Face.prototype;
Object.setPrototypeOf(WebSocketFunction, Face);
Object.defineProperties(WebSocketFunction, {
  name: { value: "WebSocket", configurable: true },
  super_: { value: Face, configurable: true, writable: true },
});
Object.assign(WebSocketFunction, { isWebSocket, validateOptions, WebSocket: WebSocketFunction, Client, EventSource });

export const WebSocket = WebSocketFunction as unknown as WebSocketConstructor;
