import { DEFAULT_OPTIONS } from "../../options.ts";
import type { TransportSource } from "../../shell/transport/connector.ts";
import { type SocketOptions, connectSocket } from "./connect-socket.ts";
import { connectByDispatcher } from "./dispatcher.ts";
import { connectHttp2 } from "../http2/client.ts";
import { SessionPool } from "../http2/pool.ts";
import type { NodeModules } from "../node-modules.ts";
import { useCreateConnection, useSocket } from "./own-socket.ts";
import { connectThroughProxy } from "./proxy.ts";
import type { TransportOptions } from "./options.ts";

/** Starts connecting to the server of a URL; called after all other checks. */
export type ConnectDirectly = (url: URL, options: SocketOptions) => TransportSource;

/** Starts connecting by the caller's options. */
export type ConnectTransport = (
  url: URL,
  route: TransportOptions,
  handshakeTimeout?: number,
) => TransportSource;

/**
 * Makes the connector of a runtime's modules, for every kind of connection.
 * @param direct connects without a proxy: a runtime may have a better function than its `node:net`
 */
export function transportConnector(
  layer: Pick<NodeModules, "net" | "tls" | "http2" | "runtime">,
  direct: ConnectDirectly = (url, options) => connectSocket(layer, url, options),
): ConnectTransport {
  const pool = new SessionPool(layer);
  return (url, route, handshakeTimeout = DEFAULT_OPTIONS.handshakeTimeout) => {
    const { http2, session } = route;
    const way = (): TransportSource => connectBy(layer, direct, url, route);
    return http2 || session
      ? connectHttp2(layer, pool, session, url, route, handshakeTimeout, way)
      : way();
  };
}

function connectBy(
  layer: Pick<NodeModules, "net" | "tls" | "runtime">,
  direct: ConnectDirectly,
  url: URL,
  route: TransportOptions,
): TransportSource {
  const { dispatcher, socket, createConnection, proxy } = route;
  if (dispatcher !== undefined) return connectByDispatcher(layer.runtime, dispatcher, url);
  if (socket !== undefined) return useSocket(layer, socket, url, route);
  if (createConnection !== undefined)
    return useCreateConnection(layer, createConnection, url, route);
  return proxy === undefined ? direct(url, route) : connectThroughProxy(layer, proxy, url, route);
}
