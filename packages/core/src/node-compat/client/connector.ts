import type { Wire } from "../../shell/transport/connector.ts";
import { type DialOptions, dial } from "./dial.ts";
import { dispatchWire } from "./dispatcher.ts";
import { dialHttp2 } from "../http2/client.ts";
import { SessionPool } from "../http2/pool.ts";
import type { NodeLayer } from "../node-modules.ts";
import { useCreateConnection, useSocket } from "./own-socket.ts";
import { dialThrough } from "./proxy.ts";
import type { Route } from "./options.ts";

/** Starts connecting to the server of a URL; called once everything else has been found right. */
export type Dial = (url: URL, options: DialOptions) => Wire;

/** Starts connecting by whatever way the caller has chosen. */
export type Reach = (url: URL, route: Route) => Wire;

/**
 * All the ways to a server, on a runtime's modules.
 * @param direct how to connect where nothing stands between: a runtime may have something better than its `node:net`
 */
export function reachBy(
  layer: Pick<NodeLayer, "net" | "tls" | "http2" | "runtime">,
  direct: Dial = (url, options) => dial(layer, url, options),
): Reach {
  const pool = new SessionPool(layer);
  return (url, route) => {
    const { http2, session } = route;
    const way = (): Wire => reach(layer, direct, url, route);
    return http2 || session ? dialHttp2(layer, pool, session, url, route, way) : way();
  };
}

function reach(
  layer: Pick<NodeLayer, "net" | "tls" | "runtime">,
  direct: Dial,
  url: URL,
  route: Route,
): Wire {
  const { dispatcher, socket, createConnection, proxy } = route;
  if (dispatcher !== undefined) return dispatchWire(layer.runtime, dispatcher, url);
  if (socket !== undefined) return useSocket(layer, socket, url, route);
  if (createConnection !== undefined)
    return useCreateConnection(layer, createConnection, url, route);
  return proxy === undefined ? direct(url, route) : dialThrough(layer, proxy, url, route);
}
