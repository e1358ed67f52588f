import type { Timer } from "../actions.ts";
import type { Choice, OpeningRequest, OpeningResponse, Refusal } from "../opening.ts";
import type { ProtocolViolation } from "../violation.ts";
import type { CloseCauseCode } from "./close-record.ts";
import type { Latency } from "./round-trips.ts";
import type { PreparedMessage } from "./send/prepared.ts";

/**
 * A connection of either role: the inputs of its transport and the commands of its application.
 *
 * Ownership of bytes: the connection keeps payload over 4 KiB by reference until it is written, so it must not change; copy bytes that
 * an event has lent before you send them on, unless the connection `ownsChunks`. Shorter payload is copied at once.
 *
 * Event methods must not throw. If one does, its batch still ends, but the rest of the chunk is lost.
 */
export interface Connection {
  // Inputs. Serial: never called from inside an action.

  /** Bytes arrived. The connection may change them until the call returns; with `ownsChunks` it keeps them. */
  receive(bytes: Uint8Array, start?: number, end?: number): void;
  /** The peer ended its side of the transport. Idempotent. */
  receiveEnd(): void;
  /** The transport is gone. Idempotent. After `receiveEnd()`, messages still in extensions are emitted first. */
  receiveError(): void;
  /** The transport now holds `bytes` that have not left. Called after writes and when they drain. */
  receiveBacklog(bytes: number): void;
  /** A timer set by `setTimer` is due. One that no longer matters is ignored. */
  fireTimer(timer: Timer): void;

  // Commands of the application. Allowed anywhere, also inside actions.

  /**
   * Sends a message. Returns false where `overflow: "drop"` dropped it. `compress: false` keeps extensions from compressing it.
   * @throws {UsageError} when the connection is not `sendable`; so do the other `send…`, `ping` and `pong`. Also for a
   *   message that the agreed version lacks: see `supports`.
   */
  sendText(text: string, compress?: boolean): boolean;
  /** Sends text that is already UTF-8, without validation: pass only bytes from `onText` or an encoder. */
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
   * Sends the next piece of a message, the first piece beginning it, as a frame of its own (RFC 6455 §5.4): the connection holds none of
   * it, whatever the size. The message ends with the piece that is `last`, which may be empty; pieces of text may split characters. Pings and pongs
   * may go between, and `close()` gives the message up. Extensions that change single messages, such as permessage-deflate, let it pass unchanged;
   * where one must see every message, or the agreed version has no fragments, the connection gathers it and sends it whole.
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
   * Sends `pieces` unchanged and unchecked, after the messages that wait: whole frames that other code made for this role.
   * Pieces over 4 KiB are kept by reference until they are written.
   */
  sendFrames(pieces: readonly Uint8Array[]): void;
  /**
   * Requests a notice of when everything sent so far leaves, through extensions too: `mark(notice)` precedes the write that carries the
   * last of it. Notices come in order. A notice not marked when the connection closes never is: its messages were not sent.
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
  /** Stops emitting messages after the current one, and asks the transport to stop. During the opening handshake it takes effect once open. */
  pause(): void;
  resume(): void;
  /** From the next message on, emits messages whole, or in fragments as they come: see the option `delivery`. */
  deliver(unit: "message" | "fragment"): void;
  /** Holds output back until the matching `uncork()`. Nests. */
  cork(): void;
  /** @throws {UsageError} when nothing is corked. */
  uncork(): void;
  /** Writes the output held back so far, corked or not. */
  flush(): void;

  /** The WebSocket API's view of {@link path}. */
  readonly state: "connecting" | "open" | "closing" | "closed";
  /** The lifecycle state's full name in the chart, such as `alive.closing.draining`. */
  readonly path: string;
  /** The features of the agreed version: drafts 75 and 76 have text only. */
  readonly supports: { readonly binary: boolean; readonly ping: boolean };
  /** Whether `send…` is allowed. */
  readonly sendable: boolean;
  /** The report of `onClose`; `undefined` until then. */
  readonly closure:
    | {
        readonly code: number;
        readonly reason: string;
        readonly clean: boolean;
        /** Which side began to end the connection. */
        readonly initiator: "local" | "peer";
        /** The reason it is not clean: a violation, or the code of a cause. */
        readonly cause: ProtocolViolation | CloseCauseCode | undefined;
      }
    | undefined;
  /** Bytes of output held in the connection: corked, not yet given to `write`. */
  readonly bufferedBytes: number;
  /** How long pings and their pongs take; `undefined` until the peer has answered a ping. A new object with each pong. */
  readonly latency: Latency | undefined;
}

export interface ServerConnection extends Connection {
  /** The transport is up, without an HTTP server before it: `receive()` will bring the opening request. `secure` means TLS. */
  expectRequest(secure?: boolean): void;
  /** The platform's HTTP server has parsed the opening request; `receive()` brings the bytes after its head. */
  receiveRequest(request: OpeningRequest): void;
  /**
   * Accepts the opening request and opens; refuses a request that breaks the rules with 400 or 426.
   * @throws {UsageError} when there is no request to answer, or for a header that may not be sent.
   */
  accept(choice?: Choice): void;
  /** Answers with an HTTP response and closes. */
  reject(refusal: Refusal): void;
}

/** A connection whose opening handshake another library or process did. */
export interface OpenConnection extends Connection {
  /** Opens the connection: emits `onOpen`. Call it once, first. */
  start(): void;
}

export interface ClientConnection extends Connection {
  /** Sends the opening request. Call it once, first. */
  open(): void;
  /** The HTTP/2 response came, as fields; `receive()` brings the bytes after it. Ignored once the opening is over. */
  receiveResponse(response: OpeningResponse): void;
}
