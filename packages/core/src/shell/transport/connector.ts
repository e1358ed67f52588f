import { type DuplexLike, DuplexTransport } from "./duplex.ts";
import { Http2Transport, isHttp2Stream } from "./http2.ts";
import type { Transport, TransportListener } from "./transport.ts";

/** A connection of a runtime's own kind, which is no stream: an adapter makes a transport over it. */
export interface Connector {
  /** Whether it is gone already, so that nothing should be bound to it. */
  readonly destroyed: boolean;
  /** Called once. From then on `listener` is told what happens, what has happened since the connection was made included. */
  bind(listener: TransportListener): Transport;
}

/** What a connection is carried over. */
export type TransportSource = DuplexLike | Connector;

/** Binds `listener` to `source`. */
export function bindTransport(source: TransportSource, listener: TransportListener): Transport {
  if ("bind" in source) return source.bind(listener);
  return isHttp2Stream(source)
    ? new Http2Transport(source, listener)
    : new DuplexTransport(source, listener);
}
