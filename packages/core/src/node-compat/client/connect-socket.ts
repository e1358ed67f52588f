import type net from "node:net";
import type { Duplex } from "node:stream";
import type tls from "node:tls";
import type { NodeModules } from "../node-modules.ts";

/** The options of a client's socket, which are not changed. */
export interface SocketOptions {
  /** For `wss:`: the options of `tls.connect`, but for `host` and `port`, which are the URL's or those of `net`. `servername` defaults to the host of the URL, unless that is an IP address. */
  readonly tls?: tls.ConnectionOptions | undefined;
  /** For `ws:` and `wss:`: the options of `net.connect`, such as `localAddress`, `family` or `lookup`; `path` connects to a Unix socket. */
  readonly net?: Partial<net.TcpNetConnectOpts & net.IpcNetConnectOpts> | undefined;
  /** Certificate authorities to trust for `wss:`, in place of the runtime's: the older name of `tls.ca`, which it overrides. */
  readonly ca?: tls.SecureContextOptions["ca"];
}

const SECURE = /^(?:wss|https):$/;

/** Returns the host of a URL for `net.connect`: an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
}

/** The port of a URL, or its scheme's own. */
export function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return SECURE.test(url.protocol) ? 443 : 80;
}

/**
 * Starts connecting to the server of `url`: TLS for `wss:`, plain TCP otherwise. Returns at once; the socket emits
 * `connect` or `secureConnect`, or `error`. Bytes written before that wait in the socket.
 *
 * Nagle's algorithm is off, so that a small message does not wait for the acknowledgement of the one before; and the socket has
 * no idle timeout, since a quiet WebSocket is not a dead one.
 */
export function connectSocket(
  { net, tls }: Pick<NodeModules, "net" | "tls">,
  url: URL,
  options: SocketOptions = {},
): net.Socket | tls.TLSSocket {
  const host = hostOf(url);
  // By option for `net.connect`, by method below for `tls.connect`, which passes no such option on to its socket.
  const target = { host, port: portOf(url), noDelay: true, ...defined(options.net) };
  const place = { host: target.host, port: target.port };
  const socket = SECURE.test(url.protocol)
    ? tls.connect({
        ...target,
        ...serverName(net, host),
        ...defined(options.tls),
        ...place,
        ...authorities(options),
      } as tls.ConnectionOptions)
    : net.connect(target);
  socket.setNoDelay(true);
  socket.setTimeout(0);
  return socket;
}

/** Speaks TLS with the server of `url` over an open or pending connection. */
export function secureOver(
  { net, tls }: Pick<NodeModules, "net" | "tls">,
  socket: Duplex,
  url: URL,
  options: SocketOptions = {},
): tls.TLSSocket {
  const secure = tls.connect({
    ...serverName(net, hostOf(url)),
    ...defined(options.tls),
    ...authorities(options),
    socket,
  } as tls.ConnectionOptions);
  secure.setNoDelay(true);
  return secure;
}

/** An IP address may not be sent as a server name (RFC 6066 §3). */
function serverName(net: NodeModules["net"], host: string): { servername?: string } {
  return net.isIP(host) === 0 ? { servername: host } : {};
}

function authorities(options: SocketOptions): { ca?: tls.SecureContextOptions["ca"] } {
  const ca = options.tls?.ca ?? options.ca;
  return ca === undefined ? {} : { ca };
}

/** Returns the options without `undefined` values, which must not hide a default. */
function defined<T extends object>(given: T | undefined): Partial<T> {
  return Object.fromEntries(
    Object.entries(given ?? {}).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
