/** The public types of the API of `ws` 8: assignable to those of `@types/ws` 8, and from them, so that a project may have both. */
/* eslint @typescript-eslint/no-explicit-any: "off" -- what is not `any` here could not be assigned to what is `any` there */
import type { Buffer } from "node:buffer";
import type { EventEmitter } from "node:events";
import type {
  Agent,
  ClientRequest,
  ClientRequestArgs,
  IncomingMessage,
  OutgoingHttpHeaders,
  Server as HttpServer,
} from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { createConnection } from "node:net";
import type { Duplex, DuplexOptions } from "node:stream";
import type { SecureContextOptions } from "node:tls";
import type { ZlibOptions } from "node:zlib";
import type { Origins } from "../../opening.ts";
import type { TraceSink } from "../../trace/record/sink.ts";

/** The data of the `message` event: text comes as bytes too. */
export type RawData = Buffer | ArrayBuffer | Buffer[];
/** The data of `onmessage`: text is a string. */
export type Data = string | RawData;

/** Data for `send()`: any argument of `Buffer.from()`, and a `Blob`. */
export type BufferLike =
  | string
  | number
  | Buffer
  | DataView
  | ArrayBufferView
  | Uint8Array
  | ArrayBuffer
  | SharedArrayBuffer
  | Blob
  | readonly any[]
  | readonly number[]
  | { valueOf(): ArrayBuffer }
  | { valueOf(): SharedArrayBuffer }
  | { valueOf(): Uint8Array }
  | { valueOf(): readonly number[] }
  | { valueOf(): string }
  | { [Symbol.toPrimitive](hint: string): string };

/** The events of a {@link WebSocket}, each with the arguments of its listeners. */
export interface WebSocketEvents {
  open: [];
  /** `isBinary` is false for text, which comes as UTF-8. */
  message: [data: RawData, isBinary: boolean];
  close: [code: number, reason: Buffer];
  error: [error: Error];
  ping: [data: Buffer];
  pong: [data: Buffer];
  /** Client: the server's answer, before it is checked. */
  upgrade: [response: IncomingMessage];
  redirect: [url: string, request: ClientRequest];
  /** Client: an answer with another status than 101. A listener must close the connection. */
  "unexpected-response": [request: ClientRequest, response: IncomingMessage];
}

/** An event as `addEventListener` delivers it. */
export interface Event {
  type: string;
  target: WebSocket;
}

/** The event `error`. */
export interface ErrorEvent extends Event {
  error: any;
  message: string;
}

/** The event `close`. */
export interface CloseEvent extends Event {
  wasClean: boolean;
  code: number;
  reason: string;
}

/** The event `message`. */
export interface MessageEvent extends Event {
  data: Data;
}

/** The browsers' events, with their fields. */
export interface WebSocketEventMap {
  open: Event;
  error: ErrorEvent;
  close: CloseEvent;
  message: MessageEvent;
}

/** Called with the outcome of a message: an error if it has not left. */
export type SendCallback = (error?: Error) => void;

/** Options of one message. */
export interface SendOptions {
  /** True for a client and false for a server (RFC 6455 §5.1): any other value throws. */
  mask?: boolean | undefined;
  /** @defaultValue true, except for strings */
  binary?: boolean | undefined;
  /** @defaultValue true: if both sides agreed on permessage-deflate */
  compress?: boolean | undefined;
  /** Whether this piece ends the message. @defaultValue true */
  fin?: boolean | undefined;
}

/** A WebSocket, a server's or a client's. */
export interface WebSocket extends EventEmitter {
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  /** The type of binary messages. @defaultValue `"nodebuffer"` */
  binaryType: "nodebuffer" | "arraybuffer" | "fragments";
  /** Bytes that the socket could not take, frame headers included. Reading it first writes the output that the turn holds back. */
  readonly bufferedAmount: number;
  /** The names of the extensions agreed on. */
  readonly extensions: string;
  readonly isPaused: boolean;
  /** The subprotocol agreed on, `""` for none. */
  readonly protocol: string;
  readonly readyState: 0 | 1 | 2 | 3;
  /** Client: the URL of the connection. */
  readonly url: string;
  onopen: ((event: Event) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  /** @throws {TypeError} for a code that may not be sent; `RangeError` for a reason over 123 bytes. */
  close(code?: number, reason?: string | Buffer): void;
  /** @throws {RangeError} for more than 125 bytes. */
  ping(data?: any, mask?: boolean, callback?: (error: Error) => void): void;
  pong(data?: any, mask?: boolean, callback?: (error: Error) => void): void;
  /** @throws {Error} while connecting. */
  send(data: BufferLike, callback?: SendCallback): void;
  send(data: BufferLike, options: SendOptions, callback?: SendCallback): void;
  /** Drops the connection at once. */
  terminate(): void;
  /** Emits no message until `resume()`. */
  pause(): void;
  resume(): void;
  addEventListener<K extends keyof WebSocketEventMap>(
    type: K,
    listener:
      ((event: WebSocketEventMap[K]) => void) | { handleEvent(event: WebSocketEventMap[K]): void },
    options?: EventListenerOptions,
  ): void;
  removeEventListener<K extends keyof WebSocketEventMap>(
    type: K,
    listener:
      ((event: WebSocketEventMap[K]) => void) | { handleEvent(event: WebSocketEventMap[K]): void },
  ): void;
  on<K extends keyof WebSocketEvents>(
    event: K,
    listener: (this: WebSocket, ...args: WebSocketEvents[K]) => void,
  ): this;
  on(event: string | symbol, listener: (this: WebSocket, ...args: any[]) => void): this;
  once<K extends keyof WebSocketEvents>(
    event: K,
    listener: (this: WebSocket, ...args: WebSocketEvents[K]) => void,
  ): this;
  once(event: string | symbol, listener: (this: WebSocket, ...args: any[]) => void): this;
  off<K extends keyof WebSocketEvents>(
    event: K,
    listener: (this: WebSocket, ...args: WebSocketEvents[K]) => void,
  ): this;
  off(event: string | symbol, listener: (this: WebSocket, ...args: any[]) => void): this;
  addListener<K extends keyof WebSocketEvents>(
    event: K,
    listener: (...args: WebSocketEvents[K]) => void,
  ): this;
  addListener(event: string | symbol, listener: (...args: any[]) => void): this;
  removeListener<K extends keyof WebSocketEvents>(
    event: K,
    listener: (...args: WebSocketEvents[K]) => void,
  ): this;
  removeListener(event: string | symbol, listener: (...args: any[]) => void): this;
}

/** The options of `addEventListener`. */
export interface EventListenerOptions {
  once?: boolean | undefined;
}

/** permessage-deflate (RFC 7692). Of zlib's options, `level` and `memLevel` count. */
export interface PerMessageDeflateOptions {
  serverNoContextTakeover?: boolean | undefined;
  clientNoContextTakeover?: boolean | undefined;
  serverMaxWindowBits?: number | undefined;
  clientMaxWindowBits?: number | undefined;
  zlibDeflateOptions?:
    | {
        flush?: number | undefined;
        finishFlush?: number | undefined;
        chunkSize?: number | undefined;
        windowBits?: number | undefined;
        level?: number | undefined;
        memLevel?: number | undefined;
        strategy?: number | undefined;
        dictionary?: Buffer | Buffer[] | DataView | undefined;
        info?: boolean | undefined;
      }
    | undefined;
  zlibInflateOptions?: ZlibOptions | undefined;
  /** Shorter messages, in bytes, go uncompressed, except under context takeover. @defaultValue 1024 */
  threshold?: number | undefined;
  /** Accepted, and without effect: the process limits how many messages zlib works on at once. */
  concurrencyLimit?: number | undefined;
}

/** The common options of servers and clients. */
export interface SharedOptions {
  /** @defaultValue true: several events may come in a turn */
  allowSynchronousEvents?: boolean | undefined;
  /** @defaultValue true */
  autoPong?: boolean | undefined;
  /** The most bytes in one message; 0: no limit. @defaultValue 104_857_600 (100 MiB) */
  maxPayload?: number | undefined;
  /** Accepted, and without effect: the library keeps no chunks. */
  maxBufferedChunks?: number | undefined;
  /** The most frames in one message; 0: no limit. @defaultValue 16_384 */
  maxFragments?: number | undefined;
  /** The most pongs that may wait for a peer that does not read; one more ends the connection; 0: no limit. @defaultValue 60 */
  maxPendingAutoPongs?: number | undefined;
  /** Milliseconds a closing handshake may take. @defaultValue 30_000 */
  closeTimeout?: number | undefined;
  /** @defaultValue false */
  skipUTF8Validation?: boolean | undefined;
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  /** Ours: the limits of Sansocket in place of those of ws. @defaultValue false */
  secure?: boolean | undefined;
  /** Ours: the most bytes that may wait for a peer that does not read; beyond it the socket closes with 1013. @defaultValue no limit; with `secure` 16 MiB */
  maxBufferedBytes?: number | undefined;
  /** Ours: milliseconds between pings. @defaultValue 0: never; with `secure` 30_000 */
  pingInterval?: number | undefined;
  /** Ours: milliseconds in which a pong must come. @defaultValue 20_000 */
  pongTimeout?: number | undefined;
  /** Ours: records the connection: a sink of `createTraceRing()` or `recordTo()` of the adapter. */
  record?: TraceSink | undefined;
}
/** Called with the opening request before it is sent, so that the caller can change it; it must call `request.end()`. */
export type FinishRequestCallback = (request: ClientRequest, websocket: WebSocket) => void;
/** A certificate as `checkServerIdentity` takes it. */
export type CertMeta = string | string[] | Buffer | Buffer[];

/** The options of a client, beside those of `http.request` and `tls.connect`. */
export interface ClientOptions extends SecureContextOptions, SharedOptions {
  protocol?: string | undefined;
  followRedirects?: boolean | undefined;
  generateMask?(mask: Buffer): void;
  handshakeTimeout?: number | undefined;
  maxRedirects?: number | undefined;
  localAddress?: string | undefined;
  protocolVersion?: number | undefined;
  headers?: { [key: string]: string } | undefined;
  origin?: string | undefined;
  agent?: Agent | undefined;
  host?: string | undefined;
  family?: number | undefined;
  checkServerIdentity?(servername: string, cert: CertMeta): boolean;
  rejectUnauthorized?: boolean | undefined;
  createConnection?: typeof createConnection | undefined;
  finishRequest?: FinishRequestCallback | undefined;
}

/** The class `WebSocket`: makes clients, or, given `null`, sockets for a server. */
export interface WebSocketConstructor extends Omit<typeof EventEmitter, "prototype"> {
  new (address: null): WebSocket;
  new (address: string | URL, options?: ClientOptions | ClientRequestArgs): WebSocket;
  new (
    address: string | URL,
    protocols?: string | string[],
    options?: ClientOptions | ClientRequestArgs,
  ): WebSocket;
  readonly prototype: WebSocket;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
}

/** Decides at once whether a client may connect. */
export type VerifyClientCallbackSync<Request extends IncomingMessage = IncomingMessage> = (info: {
  origin: string;
  secure: boolean;
  req: Request;
}) => boolean;

/** Decides later whether a client may connect: it calls `callback` once. */
export type VerifyClientCallbackAsync<Request extends IncomingMessage = IncomingMessage> = (
  info: { origin: string; secure: boolean; req: Request },
  callback: (
    result: boolean,
    code?: number,
    message?: string,
    headers?: OutgoingHttpHeaders,
  ) => void,
) => void;

/** The options of a server: one of `port`, `server` and `noServer` says where connections come from. */
export interface ServerOptions<
  U extends WebSocketConstructor = WebSocketConstructor,
  V extends typeof IncomingMessage = typeof IncomingMessage,
> extends SharedOptions {
  host?: string | undefined;
  port?: number | undefined;
  backlog?: number | undefined;
  server?: HttpServer<V> | HttpsServer<V> | undefined;
  verifyClient?:
    | VerifyClientCallbackAsync<InstanceType<V>>
    | VerifyClientCallbackSync<InstanceType<V>>
    | undefined;
  handleProtocols?: (protocols: Set<string>, request: InstanceType<V>) => string | false;
  path?: string | undefined;
  noServer?: boolean | undefined;
  clientTracking?: boolean | undefined;
  WebSocket?: U | undefined;
  /** Ours: the origins whose pages may connect. @defaultValue all; with `secure` the same origin */
  origins?: Origins | undefined;
}

/** The address of a server, as `net.Server.address()` returns it. */
export interface AddressInfo {
  address: string;
  family: string;
  port: number;
}

/** The events of a {@link WebSocketServer}, each with the arguments of its listeners. */
export interface ServerEvents<T extends WebSocketConstructor, U extends typeof IncomingMessage> {
  connection: [websocket: InstanceType<T>, request: InstanceType<U>];
  error: [error: Error];
  /** The fields of the response; a listener may add some. */
  headers: [headers: string[], request: InstanceType<U>];
  close: [];
  listening: [];
  /** A request that breaks the rules; a listener must answer it. */
  wsClientError: [error: Error, socket: Duplex, request: InstanceType<U>];
}

/** A server of WebSockets. */
export interface WebSocketServer<
  T extends WebSocketConstructor = WebSocketConstructor,
  U extends typeof IncomingMessage = typeof IncomingMessage,
> extends EventEmitter {
  options: ServerOptions<T, U>;
  path: string;
  clients: Set<InstanceType<T>>;
  address(): AddressInfo | string | null;
  close(callback?: (error?: Error) => void): void;
  handleUpgrade(
    request: InstanceType<U>,
    socket: Duplex,
    upgradeHead: Buffer,
    callback: (client: InstanceType<T>, request: InstanceType<U>) => void,
  ): void;
  shouldHandle(request: InstanceType<U>): boolean | Promise<boolean>;
  on<K extends keyof ServerEvents<T, U>>(
    event: K,
    listener: (this: WebSocketServer<T>, ...args: ServerEvents<T, U>[K]) => void,
  ): this;
  on(event: string | symbol, listener: (this: WebSocketServer<T>, ...args: any[]) => void): this;
  once<K extends keyof ServerEvents<T, U>>(
    event: K,
    listener: (this: WebSocketServer<T>, ...args: ServerEvents<T, U>[K]) => void,
  ): this;
  once(event: string | symbol, listener: (this: WebSocketServer<T>, ...args: any[]) => void): this;
  off<K extends keyof ServerEvents<T, U>>(
    event: K,
    listener: (this: WebSocketServer<T>, ...args: ServerEvents<T, U>[K]) => void,
  ): this;
  off(event: string | symbol, listener: (this: WebSocketServer<T>, ...args: any[]) => void): this;
  addListener<K extends keyof ServerEvents<T, U>>(
    event: K,
    listener: (...args: ServerEvents<T, U>[K]) => void,
  ): this;
  addListener(event: string | symbol, listener: (...args: any[]) => void): this;
  removeListener<K extends keyof ServerEvents<T, U>>(
    event: K,
    listener: (...args: ServerEvents<T, U>[K]) => void,
  ): this;
  removeListener(event: string | symbol, listener: (...args: any[]) => void): this;
}

/** The class `WebSocketServer`. */
export interface WebSocketServerConstructor {
  new <
    T extends WebSocketConstructor = WebSocketConstructor,
    U extends typeof IncomingMessage = typeof IncomingMessage,
  >(
    options?: ServerOptions<T, U>,
    callback?: () => void,
  ): WebSocketServer<T, U>;
  readonly prototype: WebSocketServer;
}

/** Wraps a socket in a `stream.Duplex`. */
export type CreateWebSocketStream = (websocket: WebSocket, options?: DuplexOptions) => Duplex;
