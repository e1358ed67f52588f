/** The part of a `Channel` of `node:diagnostics_channel` that is used. */
export interface DiagnosticsChannel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

/** The channels that tell of sockets. */
export interface Diagnostics {
  /** `sansocket:websocket:open`: `{ websocket, address, protocol, extensions, handshakeResponse }` */
  readonly open: DiagnosticsChannel;
  /** `sansocket:websocket:close`: `{ websocket, code, reason, wasClean }` */
  readonly close: DiagnosticsChannel;
  /** `sansocket:websocket:socket_error`: `{ websocket, error }` */
  readonly socketError: DiagnosticsChannel;
  /** `sansocket:websocket:ping`: `{ websocket, payload }`, of a ping that came */
  readonly ping: DiagnosticsChannel;
  /** `sansocket:websocket:pong`: `{ websocket, payload }`, of a pong that came */
  readonly pong: DiagnosticsChannel;
  /** `sansocket:websocket:frame_sent`: a `Frame`, of connections that were made while somebody subscribed */
  readonly frameSent: DiagnosticsChannel;
  /** `sansocket:websocket:frame_received`: the same of those that came */
  readonly frameReceived: DiagnosticsChannel;
  readonly eventSource: StreamDiagnostics;
}

/** The channels that tell of event streams, both ends. */
export interface StreamDiagnostics {
  /** `sansocket:eventsource:open`: `{ eventsource, address, lastEventId }`; a client publishes it for each of its connections */
  readonly open: DiagnosticsChannel;
  /** `sansocket:eventsource:close`: `{ eventsource, wasClean }` */
  readonly close: DiagnosticsChannel;
  /** `sansocket:eventsource:socket_error`: `{ eventsource, error }` */
  readonly socketError: DiagnosticsChannel;
  /** `sansocket:eventsource:event_sent`: `{ eventsource, type, data, lastEventId }`, of streams that were made while somebody subscribed */
  readonly eventSent: DiagnosticsChannel;
  /** `sansocket:eventsource:event_received`: the same of those that came */
  readonly eventReceived: DiagnosticsChannel;
  /** `sansocket:eventsource:comment_sent`: `{ eventsource, text }`, of the same streams; a ping is an empty one */
  readonly commentSent: DiagnosticsChannel;
  /** `sansocket:eventsource:comment_received`: the same of those that came */
  readonly commentReceived: DiagnosticsChannel;
}

/** The channels, as `channel` of `node:diagnostics_channel` makes them: their names follow undici's. */
export function diagnosticsBy(channel: (name: string) => DiagnosticsChannel): Diagnostics {
  const named = (name: string): DiagnosticsChannel => channel(`sansocket:websocket:${name}`);
  const ofStreams = (name: string): DiagnosticsChannel => channel(`sansocket:eventsource:${name}`);
  return {
    open: named("open"),
    close: named("close"),
    socketError: named("socket_error"),
    ping: named("ping"),
    pong: named("pong"),
    frameSent: named("frame_sent"),
    frameReceived: named("frame_received"),
    eventSource: {
      open: ofStreams("open"),
      close: ofStreams("close"),
      socketError: ofStreams("socket_error"),
      eventSent: ofStreams("event_sent"),
      eventReceived: ofStreams("event_received"),
      commentSent: ofStreams("comment_sent"),
      commentReceived: ofStreams("comment_received"),
    },
  };
}
