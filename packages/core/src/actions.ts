/**
 * All actions of the core: transport effects and events.
 *
 * {@link Actions} is the specification; calling one of its methods is how an action is emitted;
 * {@link Action} is the same vocabulary as plain data, for tests and logs. One list, two
 * spellings: add a method here and both follow.
 */
import type { HeaderSection, Opening, OpeningRequest } from "./opening.ts";
import type { ProtocolViolation } from "./violation.ts";

/** The clocks a connection may set. The core has no clock of its own. */
export type Timer = "handshake" | "close" | "ping" | "pong";

/** The effects of the core on the transport. Imperative verbs. */
export interface TransportActions {
  /** Sends `bytes` after all bytes written before. Ownership passes to the transport. */
  write(bytes: Uint8Array): void;
  /** Sends several pieces in order, as one gathered write where the transport can. Ownership passes. */
  writeMany(pieces: readonly Uint8Array[]): void;
  /** The next write, which may be empty, carries the last output sent before `connection.notify(notice)`. */
  mark(notice: unknown): void;
  /** By HTTP/2: sends the head of a request or response, as fields. Once, and before all bytes. */
  writeHead(head: HeaderSection): void;
  /** Ends our side of the transport once everything written has left (TCP FIN). */
  endTransport(): void;
  /** Drops the transport at once; written bytes that have not left are lost. */
  destroyTransport(): void;
  /** Asks the transport to deliver no more bytes until {@link resumeTransport}. */
  pauseTransport(): void;
  resumeTransport(): void;
  /** Starts `timer`, replacing it if it runs; call `connection.fireTimer(timer)` when due. */
  setTimer(timer: Timer, milliseconds: number): void;
  clearTimer(timer: Timer): void;
}

/**
 * The events that the core emits to the application: `on` and the event's name.
 *
 * A range `(bytes, start, end)` and the parts of a message are lent until the call returns,
 * unless the connection was created with `ownsChunks`: then they may be kept.
 */
export interface ApplicationActions {
  /** The lifecycle entered `path`, such as `alive.closing.draining`: for observers, before the other events of the step. */
  onState(path: string): void;
  /** Server: an opening request arrived. Answer with `accept()` or `reject()`, now or later. */
  onRequest(request: OpeningRequest): void;
  onOpen(opening: Opening): void;
  /** A text message, validated but not decoded; `ascii` when every octet is below 128. */
  onText(bytes: Uint8Array, start: number, end: number, ascii: boolean): void;
  onBinary(bytes: Uint8Array, start: number, end: number): void;
  /** A text message that came in several pieces: validated as a whole, `size` bytes in all. Parts may split characters. */
  onTextParts(parts: readonly Uint8Array[], size: number, ascii: boolean): void;
  onBinaryParts(parts: readonly Uint8Array[], size: number): void;
  /**
   * With `delivery: "fragment"`: the next piece of a message, in order, as it came; `last` ends it, and may be empty. Text is validated as far as it
   * has come, and a piece may split characters. Messages that extensions must change come whole, by the events above.
   */
  onFragment(
    kind: "text" | "binary",
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): void;
  /** The pong has been queued already, or will be when the batch ends, if more came than `maxPongs`. */
  onPing(bytes: Uint8Array, start: number, end: number): void;
  onPong(bytes: Uint8Array, start: number, end: number): void;
  /** The peer broke the protocol, or a limit was passed. `onClose` will follow. */
  onViolation(violation: ProtocolViolation): void;
  /** Exactly once, and last. */
  onClose(code: number, reason: string, clean: boolean): void;
}

export interface Actions extends TransportActions, ApplicationActions {}

/** One emitted action as plain data: `["write", bytes]`, `["onClose", 1000, "", true]`. */
export type Action = {
  [K in keyof Actions]: [type: K, ...args: Parameters<Actions[K]>];
}[keyof Actions];
