import { type DuplexLike, DuplexTransport } from "./duplex.ts";
import { Http2Transport, isHttp2Stream } from "./http2.ts";
import type { Transport, TransportListener } from "./transport.ts";

/** Makes a transport over a runtime's own kind of connection, which is no stream, once it has a listener. */
export interface Connector {
  /** Whether the connection is gone already, so that nothing should be bound to it. */
  readonly destroyed: boolean;
  /** Called once. The transport then calls `listener`, also for bytes and an end that came before. */
  bind(listener: TransportListener): Transport;
}

/** A stream or a connector, over which a connection runs. */
export type TransportSource = DuplexLike | Connector;

/** Binds `listener` to `source`. */
export function bindTransport(source: TransportSource, listener: TransportListener): Transport {
  if ("bind" in source) return source.bind(listener);
  return isHttp2Stream(source)
    ? new Http2Transport(source, listener)
    : new DuplexTransport(source, listener);
}
