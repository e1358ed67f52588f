import type { ClientHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";
import { checkOptionNames } from "../../names.ts";
import { UsageError } from "../../violation.ts";
import { checkSignal } from "../../shell/runtime/abort.ts";
import {
  readHeaders,
  SOCKET_OPTIONS,
  type WebSocketOptions,
} from "../../shell/websocket/options.ts";
import type { SocketOptions } from "./connect-socket.ts";
import type { DispatcherLike } from "./dispatcher.ts";
import { type CreateConnection, isStream } from "./own-socket.ts";
import { type Proxy, type ProxyOptions, readProxy } from "./proxy.ts";
import { readRedirects } from "./redirects.ts";

/** The options of `WebSocket.Client`. */
export interface ClientOptions extends Omit<WebSocketOptions, "tls" | "ca" | "net" | "proxy"> {
  readonly tls?: SocketOptions["tls"] | null;
  readonly net?: SocketOptions["net"] | null;
  readonly ca?: SocketOptions["ca"] | null;
  /** An HTTP proxy to go through, for `ws:` and `wss:`. @defaultValue none; no environment variable is read */
  readonly proxy?: ProxyOptions | null | undefined;
  /** The value of the field `Origin`, which browsers send and servers may check. @defaultValue none is sent */
  readonly origin?: string | null | undefined;
  /**
   * Whether to follow redirects (301, 302, 303, 307, 308), at most ten or `max`. To another origin the client sends no
   * credentials: neither `Authorization` nor cookies nor its certificate. It never goes from `wss:` to `ws:`.
   * @defaultValue false: a redirect is a refusal, as in browsers
   */
  readonly followRedirects?: boolean | { readonly max?: number | undefined } | null | undefined;
  /** Gives up when it aborts before the socket is open: `error` with its reason, then `close` with 1006. */
  readonly signal?: AbortSignal | null | undefined;
  /** The path of a Unix socket to connect to; `Host` and the request target are the URL's. */
  readonly socketPath?: string | null | undefined;
  /** An open or pending connection to the server. Over an unencrypted one, `wss:` speaks TLS. */
  readonly socket?: Duplex | null | undefined;
  /** Makes the connection, as the option of `node:http` does. Over an unencrypted one, `wss:` speaks TLS. */
  readonly createConnection?: CreateConnection | null | undefined;
  /** An undici `Dispatcher` (version 7 or later) that makes the connection: `Agent`, `ProxyAgent`, `EnvHttpProxyAgent`, `MockAgent`. */
  readonly dispatcher?: DispatcherLike | null | undefined;
  /**
   * Whether to use HTTP/2 (RFC 8441) where the server does: sockets to one server then share a session. `wss:` negotiates by ALPN, `ws:` begins in HTTP/2.
   * Where the server speaks HTTP/1.1 only, or allows no extended CONNECT, the client uses HTTP/1.1.
   * @defaultValue false
   */
  readonly http2?: boolean | null | undefined;
  /** A session of `http2.connect` to use, which the client does not close. Where its server allows no extended CONNECT, the client connects anew, by HTTP/1.1. */
  readonly session?: ClientHttp2Session | null | undefined;
}

/** The names of options that only a client has. */
export const CLIENT_OPTIONS: readonly string[] = [
  "origin",
  "followRedirects",
  "signal",
  "socketPath",
  "socket",
  "createConnection",
  "dispatcher",
  "http2",
  "session",
];

const MODERN_OPTIONS = [...SOCKET_OPTIONS, ...CLIENT_OPTIONS, "protocols", "reconnect"];

/**
 * Checks the names of the options of `connect`, and of other functions with subprotocols among their options.
 * @throws {UsageError} for a value that is no options object, and for an unknown name.
 */
export function checkClientOptions(door: string, options: unknown): void {
  if (typeof options === "string" || Array.isArray(options))
    throw new UsageError(
      `${door}: subprotocols are an option: ${door}(url, { protocols: ${JSON.stringify(options)} })`,
    );
  if (typeof options !== "object" || options === null)
    throw new UsageError(`${door}: expected an object with options, got ${String(options)}`);
  checkOptionNames(options, MODERN_OPTIONS);
}

/** The checked options of how a client reaches its server. */
export interface TransportOptions extends SocketOptions {
  readonly proxy?: Proxy | undefined;
  readonly socket?: Duplex | undefined;
  readonly createConnection?: CreateConnection | undefined;
  readonly dispatcher?: DispatcherLike | undefined;
  readonly http2?: boolean | undefined;
  readonly session?: ClientHttp2Session | undefined;
}

/** A server, and the way to reach it. */
export interface ServerTarget {
  readonly url: URL;
  /** As it was given. */
  readonly text: string;
  readonly transport: TransportOptions;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** How many redirects may still be followed. */
  readonly hops: number;
}

/** The options of a client that a WebSocket lacks. */
export interface ClientSettings {
  readonly transport: TransportOptions;
  readonly origin: string | undefined;
  readonly maxRedirects: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads and checks the options of a client, before any socket exists.
 * @throws {UsageError} for an invalid value, and for two that exclude each other. Also the reason of an aborted signal.
 */
export function readClientOptions(
  options: ClientOptions | null | undefined,
  socketPath: string | undefined,
): ClientSettings {
  const given = withoutNulls(options ?? {});
  const { tls, ca, socket, createConnection, dispatcher, http2, session, origin, signal } = given;
  const path = socketPath ?? given.socketPath;
  const proxy = readProxy(given.proxy);
  for (const [name, isRight, expected] of CHECKS) {
    if (given[name] !== undefined && !isRight(given[name]))
      throw new UsageError(`${name}: expected ${expected}, got ${typeof given[name]}`);
  }
  onlyOne({ proxy, socketPath: path, socket, createConnection, dispatcher, session });
  if (http2 === true) onlyOne({ http2, proxy, socket, createConnection, dispatcher });
  if (dispatcher !== undefined && (tls ?? ca ?? given.net) !== undefined) {
    throw new UsageError(
      "dispatcher: it makes the connection; give it tls, ca and net instead, as its option connect",
    );
  }
  checkSignal(signal);
  signal?.throwIfAborted();
  const net = path === undefined ? given.net : { ...given.net, path };
  return {
    transport: { tls, net, ca, proxy, socket, createConnection, dispatcher, http2, session },
    origin,
    maxRedirects: readRedirects(given.followRedirects),
    signal,
  };
}

/** Returns the given value, with `null` as `undefined`. */
type Given = { readonly [Name in keyof ClientOptions]: Exclude<ClientOptions[Name], null> };

/** By name, since options may be inherited. */
function withoutNulls(options: ClientOptions): Given {
  const names = ["tls", "ca", "net", "proxy", ...CLIENT_OPTIONS] as (keyof ClientOptions)[];
  return Object.fromEntries(names.map((name) => [name, options[name] ?? undefined])) as Given;
}

const isText = (value: unknown): boolean => typeof value === "string";

const isObject = (value: unknown): boolean => typeof value === "object";

/** Checks the given options. */
const CHECKS: readonly (readonly [
  name: keyof ClientOptions,
  isRight: (value: unknown) => boolean,
  expected: string,
])[] = [
  ["origin", isText, "a string"],
  ["tls", isObject, "an object with options of tls.connect"],
  ["net", isObject, "an object with options of net.connect"],
  ["socketPath", (value) => isText(value) && value !== "", "a path"],
  ["socket", isStream, "a stream"],
  ["createConnection", (value) => typeof value === "function", "a function"],
  [
    "dispatcher",
    (value) => typeof (value as Partial<DispatcherLike>).dispatch === "function",
    "an undici Dispatcher, version 7 or later",
  ],
  ["http2", (value) => typeof value === "boolean", "a boolean"],
  [
    "session",
    (value) => typeof (value as { request?: unknown }).request === "function",
    "a session of http2.connect",
  ],
];

/** The fields that the handshake sends itself, and what to use in place of a header of that name. */
const RESERVED: Readonly<Record<string, string>> = {
  host: "it is the URL's; connect to another address by net, socketPath or createConnection",
  upgrade: "",
  connection: "",
  "sec-websocket-key": "",
  "sec-websocket-version": "",
  "sec-websocket-protocol": "use the option protocols",
  "sec-websocket-extensions": "use the option perMessageDeflate or extensions",
};

/**
 * The compatible constructor drops such fields silently, as faye-websocket does.
 * @throws {UsageError} for a header field that is the handshake's own.
 */
export function refuseReserved(headers: ClientOptions["headers"]): void {
  for (const [name] of readHeaders(headers)) {
    const key = name.toLowerCase();
    if (!Object.hasOwn(RESERVED, key)) continue;
    const instead = RESERVED[key]!;
    throw new UsageError(
      `header ${name}: is the handshake's own and may not be set${instead && `; ${instead}`}`,
    );
  }
}

/** The options that choose the connection. */
function onlyOne(ways: Record<string, unknown>): void {
  const names = Object.keys(ways).filter((name) => ways[name]);
  if (names.length > 1)
    throw new UsageError(`${names.join(" and ")}: only one of them can make the connection`);
}

/**
 * Reads the URL of a server. `ws+unix:/path/to/socket:/target` names a Unix socket, as the `ws` package has it.
 * @throws {Error} `<url> is not a valid WebSocket URL`.
 */
export function readUrl(url: string | URL): {
  text: string;
  parsed: URL;
  socketPath: string | undefined;
} {
  const text: unknown = typeof url === "string" ? url : (url as URL | undefined | null)?.href;
  if (typeof text !== "string") throw new TypeError(`${String(url)} is not a valid WebSocket URL`);
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed?.protocol === "ws+unix:" && parsed.pathname.length > 1)
    return { text, ...unixPlace(parsed) };
  if (parsed?.protocol !== "ws:" && parsed?.protocol !== "wss:")
    throw new Error(`${text} is not a valid WebSocket URL`);
  return { text, parsed, socketPath: undefined };
}

function unixPlace({ pathname, search }: URL): { parsed: URL; socketPath: string } {
  const colon = pathname.indexOf(":");
  const path = colon < 0 ? pathname : pathname.slice(0, colon);
  const target = colon < 0 ? "/" : pathname.slice(colon + 1);
  return {
    parsed: new URL(`ws://localhost${target.startsWith("/") ? target : `/${target}`}${search}`),
    socketPath: decodeURI(path),
  };
}
