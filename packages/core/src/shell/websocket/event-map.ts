import type { Buffer } from "node:buffer";
import type { Latency } from "../../connection/round-trips.ts";
import type { CloseEvent, ErrorEvent, Event } from "../events/event.ts";
import type { MessageData, MessageEvent } from "../events/message-event.ts";

/** The DOM's events, by type. */
export interface EventsByType {
  open: Event;
  message: MessageEvent;
  error: ErrorEvent;
  close: CloseEvent;
}

/** The arguments of each emitted event, by name: the DOM's events, the stream's, and control frames. */
export interface EmittedByType {
  open: [event: Event];
  message: [event: MessageEvent];
  error: [event: ErrorEvent];
  close: [event: CloseEvent];
  /** A message, before its `message` event. */
  data: [data: MessageData];
  /** No more `data` comes; `close` follows. */
  end: [];
  /** Waiting output has left, after `send` had returned false. */
  drain: [];
  /** A ping came, and the socket has answered it. */
  ping: [payload: Buffer];
  pong: [payload: Buffer];
  /** A pong came that answers a ping sent here; `latency` has the time it took. */
  latency: [latency: Latency];
}
