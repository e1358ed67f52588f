import type net from "node:net";
import type tls from "node:tls";
import { Tunnel, writeTunnelRequest } from "../../connection/opening/tunnel.ts";
import { checkOptionNames } from "../../names.ts";
import { DEFAULT_OPTIONS } from "../../options.ts";
import { type ProtocolViolation, UsageError } from "../../violation.ts";
import { describeConnectError, withoutUser } from "../../shell/transport/network-error.ts";
import { pendingConnector, type ConnectOutcome } from "../../shell/transport/pending.ts";
import { readHeaders, type WebSocketOptions } from "../../shell/websocket/options.ts";
import type { Connector } from "../../shell/transport/connector.ts";
import { authorizationOf } from "./basic-authorization.ts";
import { type SocketOptions, connectSocket, portOf, secureOver } from "./connect-socket.ts";
import type { NodeModules } from "../node-modules.ts";

/** An HTTP proxy that makes tunnels (RFC 9110 §9.3.6). */
export interface ProxyOptions {
  /** Its URL: `http://proxy.example:3128`, or `https:` where it speaks TLS itself. User and password in it become Basic authorization. */
  readonly origin?: string | URL | null | undefined;
  /** Header fields for the proxy alone, such as `Proxy-Authorization` with another scheme. */
  readonly headers?: WebSocketOptions["headers"];
  /** For an `https:` proxy: options of `tls.connect`, separate from the server's `tls`. */
  readonly tls?: tls.ConnectionOptions | null | undefined;
}

/** The checked options of a proxy. */
export interface Proxy {
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly tls: tls.ConnectionOptions | undefined;
}

/** The longest time for the body of a proxy's refusal, in milliseconds: it only explains the refusal. */
const REFUSAL_TIME = 1000;

/**
 * Reads and checks the option `proxy`, before any socket exists. Without an `origin` there is no proxy.
 * @throws {UsageError} for another value, for an origin that is no `http:` or `https:` URL, and for headers that may not be sent.
 */
export function readProxy(given: ProxyOptions | null | undefined): Proxy | undefined {
  if (given === null || given === undefined) return undefined;
  checkShape(given);
  if (!given.origin) return undefined;
  const text = String(given.origin);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UsageError(
      `proxy.origin: expected an http: or https: URL, got ${JSON.stringify(withoutUser(text))}`,
    );
  const proxy = {
    url,
    authorization: authorizationOf(url),
    headers: readHeaders(given.headers),
    tls: given.tls ?? undefined,
  };
  writeTunnelRequest({ authority: "localhost:80", ...proxy });
  return proxy;
}

/** Throws for an invalid proxy: the client must not connect without it. */
function checkShape(given: unknown): void {
  if (typeof given !== "object")
    throw new UsageError(`proxy: expected an object with an origin, got a ${typeof given}`);
  checkOptionNames(given as object, ["origin", "headers", "tls"], "proxy.");
}

/** Returns the server of `url` for a tunnel request: an IPv6 address in brackets, and always a port. */
const authorityOf = (url: URL): string => `${url.hostname}:${portOf(url)}`;

/** The proxy could not be reached. `cause` is the system's error, and `code` its. */
class ProxyError extends Error {
  override readonly name = "ProxyError";
  readonly code: unknown;
  /** The message already contains the remedy. */
  readonly advised = true;

  constructor(proxy: URL, cause: unknown) {
    super(
      `the proxy ${proxy.origin}: ${describeConnectError(cause).replace("the option ca", "the option proxy.tls.ca")}`,
      { cause },
    );
    this.code = (cause as { code?: unknown }).code;
  }
}

/**
 * Starts connecting to the server of `url` through `proxy`. Written bytes wait for the tunnel, and for TLS with the server
 * where the URL needs it.
 */
export const connectThroughProxy = (
  layer: Pick<NodeModules, "net" | "tls" | "runtime">,
  proxy: Proxy,
  url: URL,
  options: SocketOptions,
): Connector =>
  pendingConnector(
    layer.runtime,
    (outcome) => new ProxyConnecting(layer, proxy, url, options, outcome).giveUp,
    `the proxy ${proxy.url.origin} has made no tunnel yet`,
  );

/** A connection to a proxy, until the tunnel opens or fails. Then it keeps only a listener for errors. */
class ProxyConnecting {
  private readonly layer: Pick<NodeModules, "net" | "tls" | "runtime">;
  private readonly proxy: Proxy;
  private readonly url: URL;
  private readonly options: SocketOptions;
  private readonly outcome: ConnectOutcome;
  private readonly socket: net.Socket;
  private readonly tunnel: Tunnel;
  private timer: unknown = undefined;

  constructor(
    layer: Pick<NodeModules, "net" | "tls" | "runtime">,
    proxy: Proxy,
    url: URL,
    options: SocketOptions,
    outcome: ConnectOutcome,
  ) {
    this.layer = layer;
    this.proxy = proxy;
    this.url = url;
    this.options = options;
    this.outcome = outcome;
    this.tunnel = new Tunnel(
      { authority: authorityOf(url), authorization: proxy.authorization, headers: proxy.headers },
      this,
      DEFAULT_OPTIONS,
    );
    const { path: _path, host: _host, port: _port, ...net } = options.net ?? {}; // the server's address is not the proxy's
    const socket = (this.socket = connectSocket(layer, proxy.url, { net, tls: proxy.tls }));
    socket
      .on("data", this.receive)
      .on("end", this.end)
      .on("close", this.end)
      .on("error", this.fail);
    this.tunnel.open();
  }

  readonly giveUp = (): void => {
    this.leave();
    this.socket.destroy();
  };

  private readonly receive = (bytes: Uint8Array): void => {
    this.tunnel.receive(bytes);
  };
  private readonly end = (): void => {
    this.tunnel.receiveEnd();
  };
  private readonly fail = (cause: unknown): void => {
    this.giveUp();
    this.outcome.failed(new ProxyError(this.proxy.url, cause));
  };

  private leave(): void {
    this.layer.runtime.clearTimeout(this.timer);
    this.socket
      .off("data", this.receive)
      .off("end", this.end)
      .off("close", this.end)
      .off("error", this.fail)
      .on("error", () => {});
  }

  // TunnelActions.

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  onOpen(bytes: Uint8Array, start: number, end: number): void {
    const { socket, outcome } = this;
    socket.pause(); // the next reader must miss no bytes
    this.leave();
    if (end > start) socket.unshift(bytes.subarray(start, end));
    if (this.url.protocol === "wss:")
      return outcome.ready(secureOver(this.layer, socket, this.url, this.options));
    outcome.ready(socket);
    socket.resume();
  }

  onRefusal(): void {
    this.timer = this.layer.runtime.setTimeout(() => {
      this.tunnel.expire();
    }, REFUSAL_TIME);
  }

  onViolation(violation: ProtocolViolation): void {
    this.giveUp();
    this.outcome.failed(violation);
  }
}
