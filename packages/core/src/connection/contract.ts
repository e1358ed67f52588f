import type { Timer } from "../actions.ts";
import type { Choice, OpeningRequest, OpeningResponse, Refusal } from "../opening.ts";
import type { ProtocolViolation } from "../violation.ts";
import type { CloseCauseCode } from "./close-record.ts";
import type { Latency } from "./round-trips.ts";
import type { PreparedMessage } from "./send/prepared.ts";

/**
 * What an application may do with a connection, and what its transport tells it. Both roles.
 *
 * Who owns the bytes: payload over 4 KiB is kept by reference until it is written, so it must not change, and what an event
 * has lent must be copied before it is sent on, unless the connection `ownsChunks`. Shorter payload is copied at once.
 *
 * Event methods must not throw. If one does, the batch it happened in still ends, but the rest of the chunk is lost.
 */
export interface Connection {
  // Inputs: what happened. Serial: never called from inside an action.

  /** Bytes arrived. They are lent, mutably, until the call returns; with `ownsChunks` they are given. */
  receive(bytes: Uint8Array, start?: number, end?: number): void;
  /** The peer ended its side of the transport. Idempotent. */
  receiveEnd(): void;
  /** The transport is gone. Idempotent. Behind `receiveEnd()`, messages that extensions are still at come first. */
  receiveError(): void;
  /** The transport now holds `bytes` that have not left. Told after writes and when they drain. */
  receiveBacklog(bytes: number): void;
  /** A timer set by `setTimer` is due. One that no longer matters is ignored. */
  fireTimer(timer: Timer): void;

  // Commands: what the application wants. Allowed anywhere, also inside actions.

  /**
   * Sends a message. Returns false where it was dropped instead, which only `overflow: "drop"` allows. `compress: false` keeps extensions from compressing it.
   * @throws {UsageError} when the connection is not `sendable`; so do the other `send…`, `ping` and `pong`. Also for a
   *   message that the version agreed on has not, as `supports` tells.
   */
  sendText(text: string, compress?: boolean): boolean;
  /** Sends text that is already UTF-8. It is not validated: pass only what `onText` gave or an encoder made. */
  sendTextBytes(bytes: Uint8Array, start?: number, end?: number, compress?: boolean): boolean;
  sendBinary(bytes: Uint8Array, start?: number, end?: number, compress?: boolean): boolean;
  /** Sends one message made of `parts`, `size` bytes in all, without joining them. */
  sendParts(
    kind: "text" | "binary",
    parts: readonly Uint8Array[],
    size: number,
    compress?: boolean,
  ): boolean;
  /** Sends a message that {@link prepare} made, encoded and compressed once for all its receivers. */
  sendPrepared(message: PreparedMessage): boolean;
  /**
   * Sends the next piece of a message, the first piece beginning it, as a frame of its own (RFC 6455 §5.4): a message of any size goes out without
   * being held. It ends with the piece that is `last`, which may be empty; pieces of text may split characters. Pings and pongs may be sent in
   * between, and `close()` gives it up. Extensions that change messages one by one, such as permessage-deflate, let it pass as it is; where one must
   * see every message, or the version agreed on has no fragments, it is gathered and sent whole.
   * @throws {UsageError} also for another `kind` than it was begun with; and until the last piece, so do the other `send…`.
   */
  sendFragment(
    kind: "text" | "binary",
    bytes: Uint8Array,
    start?: number,
    end?: number,
    last?: boolean,
  ): void;
  /**
   * Sends `pieces` as they are, behind what waits: whole frames that were made elsewhere, for this role. Nothing about them is checked.
   * Pieces over 4 KiB are kept by reference until they are written.
   */
  sendFrames(pieces: readonly Uint8Array[]): void;
  /**
   * Asks when what was sent up to now leaves, extensions and all: `mark(notice)` precedes the write that carries the last of it, and
   * notices come in order. Those not marked when the connection closes never will be: what they asked about was not sent.
   */
  notify(notice: unknown): void;
  /** @throws {UsageError} for more than 125 bytes (RFC 6455 §5.5). */
  ping(bytes?: Uint8Array): void;
  pong(bytes?: Uint8Array): void;
  /**
   * Starts the closing handshake; while connecting, gives up. Does nothing once closing.
   * `code` `undefined` sends an empty close frame.
   * @throws {UsageError} for a code that may not be sent or a reason over 123 bytes.
   */
  close(code?: number, reason?: string): void;
  /** Destroys the transport now. The close is reported as 1006. */
  terminate(): void;
  /** Stops emitting messages after the current one, and asks the transport to stop. Before the opening is over it only prepares to. */
  pause(): void;
  resume(): void;
  /** From the next message on, emits messages whole, or in fragments as they come: see the option `delivery`. */
  deliver(unit: "message" | "fragment"): void;
  /** Holds output back until the matching `uncork()`. Nests. */
  cork(): void;
  /** @throws {UsageError} when nothing is corked. */
  uncork(): void;
  /** Writes what is held back so far, corked or not. */
  flush(): void;

  /** The WebSocket API's view of {@link path}. */
  readonly state: "connecting" | "open" | "closing" | "closed";
  /** The lifecycle state's full name in the chart, such as `alive.closing.draining`. */
  readonly path: string;
  /** What the version agreed on can carry: drafts 75 and 76 know text only. */
  readonly supports: { readonly binary: boolean; readonly ping: boolean };
  /** Whether `send…` is allowed. */
  readonly sendable: boolean;
  /** What `onClose` told; `undefined` until then. */
  readonly closure:
    | {
        readonly code: number;
        readonly reason: string;
        readonly clean: boolean;
        /** Which side began to end the connection. */
        readonly initiator: "local" | "peer";
        /** Why it is not clean: a violation, or the code of what happened. */
        readonly cause: ProtocolViolation | CloseCauseCode | undefined;
      }
    | undefined;
  /** Bytes of output held in the connection: corked, not yet given to `write`. */
  readonly bufferedBytes: number;
  /** How long pings and their pongs take; `undefined` until one that was sent here has been answered. A new object with each pong. */
  readonly latency: Latency | undefined;
}

export interface ServerConnection extends Connection {
  /** The transport is up and no HTTP server stands before it: the opening request will come by `receive()`. `secure` if by TLS. */
  expectRequest(secure?: boolean): void;
  /** The platform's HTTP server has parsed the opening request; bytes after its head come by `receive()`. */
  receiveRequest(request: OpeningRequest): void;
  /**
   * Opens. An opening request that breaks the rules is refused with 400 or 426 instead.
   * @throws {UsageError} when there is no request to answer, or for a header that may not be sent.
   */
  accept(choice?: Choice): void;
  /** Answers with an HTTP response and closes. */
  reject(refusal: Refusal): void;
}

/** A connection whose opening handshake was done elsewhere. */
export interface OpenConnection extends Connection {
  /** Opens: emits `onOpen`. To be called once, first. */
  start(): void;
}

export interface ClientConnection extends Connection {
  /** Sends the opening request. To be called once, first. */
  open(): void;
  /** By HTTP/2, the answer came, in fields; what follows comes by `receive()`. Ignored once the opening is over. */
  receiveResponse(response: OpeningResponse): void;
}
