import type { ClientHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";
import { UsageError } from "../../violation.ts";
import type { WebSocketOptions } from "../websocket-options.ts";
import type { DialOptions } from "./dial.ts";
import type { DispatcherLike } from "./dispatcher-wire.ts";
import { type CreateConnection, isStream } from "./own-socket.ts";
import { type Proxy, type ProxyOptions, readProxy } from "./proxy.ts";
import { readRedirects } from "./redirects.ts";

/** What `WebSocket.Client` may be told. */
export interface ClientOptions extends Omit<WebSocketOptions, "tls" | "ca" | "net" | "proxy"> {
  readonly tls?: DialOptions["tls"] | null;
  readonly net?: DialOptions["net"] | null;
  readonly ca?: DialOptions["ca"] | null;
  /** An HTTP proxy to go through, for `ws:` and `wss:`. @defaultValue none; no environment variable is read */
  readonly proxy?: ProxyOptions | null | undefined;
  /** The value of the field `Origin`, which browsers send and servers may check. @defaultValue none is sent */
  readonly origin?: string | null | undefined;
  /**
   * Whether to go where an answer redirects (301, 302, 303, 307, 308), at most ten times or `max`. To another origin no credentials are
   * sent: neither `Authorization` nor cookies nor the client's certificate. From `wss:` to `ws:` is never gone.
   * @defaultValue false: a redirect is a refusal, as in browsers
   */
  readonly followRedirects?: boolean | { readonly max?: number | undefined } | null | undefined;
  /** Gives up when it aborts before the socket is open: `error` with its reason, then `close` with 1006. */
  readonly signal?: AbortSignal | null | undefined;
  /** The path of a Unix socket to connect to; `Host` and the request target are the URL's. */
  readonly socketPath?: string | null | undefined;
  /** A connection to the server that is there already, or connecting. Over one that is not encrypted, `wss:` speaks TLS. */
  readonly socket?: Duplex | null | undefined;
  /** Makes the connection, as the option of `node:http` does. Over one that is not encrypted, `wss:` speaks TLS. */
  readonly createConnection?: CreateConnection | null | undefined;
  /** An undici `Dispatcher` (version 7 or later) that makes the connection: `Agent`, `ProxyAgent`, `EnvHttpProxyAgent`, `MockAgent`. */
  readonly dispatcher?: DispatcherLike | null | undefined;
  /**
   * Whether to go by HTTP/2 (RFC 8441) where the server does: sockets to one server then share a session. `wss:` asks by ALPN, `ws:` begins in HTTP/2. Where the
   * server speaks HTTP/1.1 only, or allows no extended CONNECT, HTTP/1.1 it is.
   * @defaultValue false
   */
  readonly http2?: boolean | null | undefined;
  /** A session with the server, of `http2.connect`, to go by. It is not closed. Where its server allows no extended CONNECT, another connection is made, by HTTP/1.1. */
  readonly session?: ClientHttp2Session | null | undefined;
}

/** The options that only a client has. */
export const CLIENT_OPTIONS: readonly string[] = ["origin", "followRedirects", "signal", "socketPath", "socket", "createConnection", "dispatcher", "http2", "session"];

/** How a client reaches its server: the options of the way, read. */
export interface Route extends DialOptions {
  readonly proxy?: Proxy | undefined;
  readonly socket?: Duplex | undefined;
  readonly createConnection?: CreateConnection | undefined;
  readonly dispatcher?: DispatcherLike | undefined;
  readonly http2?: boolean | undefined;
  readonly session?: ClientHttp2Session | undefined;
}

/** A server to ask, and how. */
export interface Target {
  readonly url: URL;
  /** As it was given. */
  readonly text: string;
  readonly route: Route;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** How many redirects may still be followed. */
  readonly hops: number;
}

/** What of a client's options is not a WebSocket's. */
export interface ClientSettings {
  readonly route: Route;
  readonly origin: string | undefined;
  readonly maxRedirects: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads and checks the options of a client, before any socket exists.
 * @throws {UsageError} for a value that is not accepted, and for two that exclude each other. Also the reason of a signal that has aborted.
 */
export function readClientOptions(options: ClientOptions | null | undefined, socketPath: string | undefined): ClientSettings {
  const given = options ?? {}, { origin, followRedirects, signal, socket, createConnection, dispatcher, http2, session } = given;
  const path = socketPath ?? given.socketPath ?? undefined, proxy = readProxy(given.proxy);
  if (path !== undefined && (typeof path !== "string" || path === "")) throw new UsageError(`socketPath: expected a path, got ${String(path)}`);
  if (origin !== null && origin !== undefined && typeof origin !== "string") throw new UsageError(`origin: expected a string, got ${typeof origin}`);
  if (socket && !isStream(socket)) throw new UsageError("socket: expected a stream");
  if (createConnection && typeof createConnection !== "function") throw new UsageError(`createConnection: expected a function, got ${typeof createConnection}`);
  if (dispatcher && typeof dispatcher.dispatch !== "function") throw new UsageError("dispatcher: expected an undici Dispatcher, version 7 or later");
  if (http2 !== undefined && http2 !== null && typeof http2 !== "boolean") throw new UsageError(`http2: expected a boolean, got ${String(http2)}`);
  if (session && typeof session.request !== "function") throw new UsageError("session: expected a session of http2.connect");
  onlyOne({ proxy, socketPath: path, socket, createConnection, dispatcher, session });
  if (http2) onlyOne({ http2, proxy, socket, createConnection, dispatcher });
  if (dispatcher && (given.tls ?? given.ca ?? given.net)) throw new UsageError("dispatcher: it makes the connection; give it tls, ca and net instead, as its option connect");
  signal?.throwIfAborted();
  const net = path === undefined ? given.net ?? undefined : { ...given.net, path };
  return {
    route: {
      tls: given.tls ?? undefined, net, ca: given.ca ?? undefined, proxy,
      socket: socket ?? undefined, createConnection: createConnection ?? undefined, dispatcher: dispatcher ?? undefined,
      http2: http2 ?? undefined, session: session ?? undefined,
    },
    origin: origin ?? undefined,
    maxRedirects: readRedirects(followRedirects),
    signal: signal ?? undefined,
  };
}

/** Each of these says where the connection comes from. */
function onlyOne(ways: Record<string, unknown>): void {
  const names = Object.keys(ways).filter((name) => ways[name]);
  if (names.length > 1) throw new UsageError(`${names.join(" and ")}: only one of them can make the connection`);
}

/**
 * Reads the URL of a server. `ws+unix:/path/to/socket:/target` names a Unix socket, as the `ws` package has it.
 * @throws {Error} `<url> is not a valid WebSocket URL`.
 */
export function readUrl(url: string | URL): { text: string; parsed: URL; socketPath: string | undefined } {
  const text: unknown = typeof url === "string" ? url : (url as URL | undefined | null)?.href;
  if (typeof text !== "string") throw new TypeError(`url: expected a string or a URL, got ${String(url)}`);
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed?.protocol === "ws+unix:" && parsed.pathname.length > 1) return { text, ...unixPlace(parsed) };
  if (parsed?.protocol !== "ws:" && parsed?.protocol !== "wss:") throw new Error(`${text} is not a valid WebSocket URL`);
  return { text, parsed, socketPath: undefined };
}

function unixPlace({ pathname, search }: URL): { parsed: URL; socketPath: string } {
  const colon = pathname.indexOf(":"), path = colon < 0 ? pathname : pathname.slice(0, colon), target = colon < 0 ? "/" : pathname.slice(colon + 1);
  return { parsed: new URL(`ws://localhost${target.startsWith("/") ? target : `/${target}`}${search}`), socketPath: decodeURI(path) };
}
