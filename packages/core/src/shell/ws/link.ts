import { Buffer } from "node:buffer";
import type { EventEmitter } from "node:events";
import type { Agreed } from "../../connection/open.ts";
import { Queue } from "../../connection/buffer/queue.ts";
import type { ConnectionOptions } from "../../options.ts";
import type { ProtocolViolation } from "../../violation.ts";
import { type DriverListener, driveOpen, type OpenDriver } from "../websocket/driver.ts";
import type { DuplexLike } from "../transport/duplex.ts";
import {
  type BinaryType,
  binaryAs,
  type BlobLike,
  EMPTY,
  isBlob,
  lengthOf,
  sizeOf,
  toBuffer,
  viewOf,
} from "./data.ts";
import { errorOf } from "./errors.ts";
import type { WsModules } from "./modules.ts";

/** Hears what became of something that was sent. */
export type Sent = (error?: Error) => void;

/** How a link behaves where applications may choose. */
export interface LinkOptions {
  /** Whether more than one event may come in a turn. */
  readonly allowSynchronousEvents: boolean;
  readonly autoPong: boolean;
  /** Pongs that may wait for a peer that does not read; one more ends the connection. 0: any number. */
  readonly maxPendingAutoPongs: number;
}

/** How one message is sent. */
export interface LinkMessage {
  readonly binary: boolean;
  readonly compress: boolean;
  /** Whether the message ends with it. */
  readonly fin: boolean;
}

const LOST = "The connection was closed before this was sent";

/**
 * An open connection behind a `WebSocket` of the API of `ws`: turns what the driver tells into its events, in its order, and keeps what
 * that API has beside the protocol: callbacks, Blobs, pieces of messages, an error told once, a `close` that comes when the socket is gone.
 */
export class Link implements DriverListener {
  readonly driver: OpenDriver;
  binaryType: BinaryType = "nodebuffer";
  paused = false;
  /** Whether the closing handshake went both ways. */
  wasClean = false;
  /** Bytes that were given to be sent too late. */
  tooLate = 0;
  private readonly websocket: EventEmitter;
  private readonly modules: WsModules;
  private readonly options: LinkOptions;
  private readonly callbacks = new Queue<Sent>(); // of what has been asked about, in order
  private later: Queue<() => void> | undefined = undefined; // behind a Blob that is being read
  private laterBytes = 0;
  private piece: "text" | "binary" | undefined = undefined; // kind of the message that is being sent in pieces
  private violation: ProtocolViolation | undefined = undefined; // not told yet
  private failed = false; // by a violation
  private closing = false; // asked for, failed, or ended by the peer
  private closeCode = 1006;
  private closeReason: Buffer = EMPTY;
  private connectionClosed = false;
  private transportGone = false;
  private over = false; // `close` has been emitted
  private pongs = 0; // that may wait

  constructor(
    websocket: EventEmitter,
    modules: WsModules,
    socket: DuplexLike,
    agreed: Agreed,
    connection: Partial<ConnectionOptions>,
    options: LinkOptions,
  ) {
    this.websocket = websocket;
    this.modules = modules;
    this.options = options;
    this.driver = driveOpen(modules.runtime, socket, this, agreed, connection);
  }

  get readyState(): 1 | 2 | 3 {
    if (this.over) return 3;
    return this.closing || this.driver.connection.state !== "open" ? 2 : 1;
  }

  get bufferedAmount(): number {
    return this.driver.bufferedBytes + this.laterBytes + this.tooLate;
  }

  // What the application does.

  send(data: unknown, message: LinkMessage, sent: Sent | undefined): void {
    if (this.later !== undefined || isBlob(data)) return this.sendLater(data, message, sent);
    this.driver.cork();
    if (message.fin && this.piece === undefined) this.sendWhole(data, message);
    else this.sendPiece(toBuffer(data), message);
    if (sent !== undefined) this.notify(sent);
  }

  control(kind: "ping" | "pong", data: Buffer | BlobLike, sent: Sent | undefined): void {
    if (isBlob(data))
      return this.readFirst(data, sent, (bytes) => {
        this.control(kind, toBuffer(bytes), sent);
      });
    if (this.later !== undefined)
      return this.postpone(data.length, sent, () => {
        this.control(kind, data, sent);
      });
    this.driver.cork();
    this.driver.connection[kind](data);
    if (sent !== undefined) this.notify(sent);
  }

  /** Sends frames that are there already. */
  frames(pieces: readonly Buffer[], sent: Sent | undefined): void {
    if (this.later !== undefined)
      return this.postpone(sizeOf(pieces), sent, () => {
        this.frames(pieces, sent);
      });
    this.driver.cork();
    this.driver.connection.sendFrames(pieces);
    if (sent !== undefined) this.notify(sent);
  }

  close(code: number | undefined, reason: string): void {
    this.closing = true;
    if (this.later !== undefined)
      return this.postpone(0, undefined, () => {
        this.close(code, reason);
      });
    this.paused = false; // the peer's close frame must be read
    this.driver.cork();
    this.driver.connection.close(code, reason);
  }

  /** Drops the transport; what was sent before has had its chance to leave. */
  terminate(): void {
    this.closing = true;
    this.driver.flush();
    this.driver.connection.terminate();
  }

  pause(): void {
    this.paused = true;
    this.driver.connection.pause();
  }

  resume(): void {
    this.paused = false;
    this.driver.connection.resume();
  }

  // Sending.

  private sendWhole(data: unknown, { binary, compress }: LinkMessage): void {
    const { connection } = this.driver;
    if (typeof data === "string" && !binary) {
      connection.sendText(data, compress);
      return;
    }
    const bytes = toBuffer(data);
    if (binary) connection.sendBinary(bytes, 0, bytes.length, compress);
    else connection.sendTextBytes(bytes, 0, bytes.length, compress);
  }

  private sendPiece(bytes: Buffer, { binary, fin }: LinkMessage): void {
    this.piece ??= binary ? "binary" : "text";
    this.driver.connection.sendFragment(this.piece, bytes, 0, bytes.length, fin);
    if (fin) this.piece = undefined;
  }

  private notify(sent: Sent): void {
    if (!this.driver.connection.sendable) return this.call(sent, new Error(LOST));
    this.callbacks.push(sent);
    this.driver.connection.notify(true);
  }

  /** Sends a Blob once it has been read; and, behind it, all that comes meanwhile. */
  private sendLater(data: unknown, message: LinkMessage, sent: Sent | undefined): void {
    if (isBlob(data))
      this.readFirst(data, sent, (bytes) => {
        this.send(bytes, message, sent);
      });
    else
      this.postpone(lengthOf(data), sent, () => {
        this.send(data, message, sent);
      });
  }

  /** Reads `blob`, in its turn, and then does `work` with its bytes. */
  private readFirst(
    blob: BlobLike,
    sent: Sent | undefined,
    work: (bytes: ArrayBuffer) => void,
  ): void {
    const { size } = blob;
    if (this.later !== undefined)
      return this.postpone(size, sent, () => {
        this.readFirst(blob, sent, work);
      });
    const later = (this.later = new Queue<() => void>());
    this.laterBytes += size;
    const read = (bytes: ArrayBuffer): void => {
      this.laterBytes -= size;
      this.later = undefined;
      if (this.driver.connection.sendable) work(bytes);
      else if (sent !== undefined)
        this.call(sent, new Error("The socket was closed while the blob was being read"));
      this.goOn(later);
    };
    blob.arrayBuffer().then(
      (bytes) => {
        this.outside(() => {
          read(bytes);
        });
      },
      (error: unknown) => {
        this.outside(() => {
          this.failToRead(error as Error, sent);
        });
      },
    );
  }

  /** What was to be sent never can be: the connection ends, as the peer would wait for ever. */
  private failToRead(error: Error, sent: Sent | undefined): void {
    const later = this.later ?? new Queue<() => void>();
    this.later = undefined;
    this.laterBytes = 0;
    this.closing = true;
    if (sent !== undefined) this.call(sent, error);
    this.tell("error", error);
    this.driver.connection.terminate();
    this.goOn(later);
  }

  private postpone(size: number, sent: Sent | undefined, work: () => void): void {
    this.laterBytes += size;
    this.later!.push(() => {
      this.laterBytes -= size;
      if (this.driver.connection.sendable) return work();
      if (sent !== undefined) this.call(sent, new Error(LOST));
    });
  }

  /** Sends what has waited, up to the next Blob. */
  private goOn(waiting: Queue<() => void>): void {
    for (let work = waiting.shift(); work !== undefined; work = waiting.shift()) {
      work();
      if (this.later === undefined) continue;
      for (let rest = waiting.shift(); rest !== undefined; rest = waiting.shift())
        this.later.push(rest);
    }
  }

  /** Runs what a promise has led to where an error that is thrown is uncaught, and not a rejection. */
  private outside(work: () => void): void {
    this.modules.runtime.nextTick(work);
  }

  // DriverListener.

  onState(_path: string): void {
    const { violation } = this;
    if (violation === undefined) return;
    this.violation = undefined;
    this.tell("error", errorOf(violation)); // our close frame is out by now
  }

  onRequest(): void {}

  onOpen(): void {
    this.tell("open");
  }

  onText(bytes: Uint8Array, start: number, end: number): void {
    this.message(viewOf(bytes, start, end), false);
  }

  onTextParts(parts: readonly Uint8Array[], size: number): void {
    this.message(Buffer.concat(parts, size), false);
  }

  onBinary(bytes: Uint8Array, start: number, end: number): void {
    const data = viewOf(bytes, start, end);
    if (this.binaryType === "nodebuffer") this.message(data, true);
    else this.message(binaryAs(this.binaryType, [data], end - start), true);
  }

  onBinaryParts(parts: readonly Uint8Array[], size: number): void {
    if (this.binaryType === "nodebuffer") this.message(Buffer.concat(parts, size), true);
    else this.message(binaryAs(this.binaryType, parts, size), true);
  }

  onFragment(): void {}

  onPing(bytes: Uint8Array, start: number, end: number): void {
    const data = viewOf(bytes, start, end);
    if (this.options.autoPong && this.readyState === 1 && !this.answer(data)) return;
    this.tell("ping", data);
    if (!this.options.allowSynchronousEvents) this.hold();
  }

  onPong(bytes: Uint8Array, start: number, end: number): void {
    this.tell("pong", viewOf(bytes, start, end));
    if (!this.options.allowSynchronousEvents) this.hold();
  }

  onViolation(violation: ProtocolViolation): void {
    this.closing = this.failed = true;
    this.violation = violation;
  }

  onClose(code: number, reason: string, clean: boolean): void {
    this.connectionClosed = true;
    this.wasClean = clean;
    // After a violation there was no close frame of the peer's: 1006, whatever ours said.
    if (!this.failed) {
      this.closeCode = code;
      if (reason !== "") this.closeReason = Buffer.from(reason);
    }
    this.finish();
  }

  onDrain(): void {}
  onTransportError(): void {}

  onTransportGone(): void {
    this.transportGone = true;
    this.finish();
  }

  onSent(_notice: unknown, error?: Error | null): void {
    const sent = this.callbacks.shift();
    if (sent !== undefined) this.call(sent, error ?? undefined);
  }

  private message(data: unknown, isBinary: boolean): void {
    try {
      this.websocket.emit("message", data, isBinary);
    } catch (error) {
      this.modules.runtime.reportError(error);
    }
    if (!this.options.allowSynchronousEvents) this.hold();
  }

  /** Emits, and lets no error of a listener pass: it must not cost other messages. */
  private tell(type: string, ...args: unknown[]): void {
    try {
      this.websocket.emit(type, ...args);
    } catch (error) {
      this.modules.runtime.reportError(error);
    }
  }

  private call(sent: Sent, error: Error | undefined): void {
    this.modules.runtime.nextTick(() => {
      if (error === undefined) sent();
      else sent(error);
    });
  }

  /** Answers a ping, unless too many answers wait already. */
  private answer(data: Buffer): boolean {
    const { maxPendingAutoPongs: most } = this.options;
    if (this.driver.bufferedBytes === 0) this.pongs = 0;
    if (most > 0 && this.pongs >= most) {
      this.terminate();
      return false;
    }
    this.pongs++;
    this.driver.connection.pong(data);
    return true;
  }

  /** One event a turn: reads on once this one has had its own. */
  private hold(): void {
    this.driver.connection.pause();
    this.modules.setImmediate(() => {
      if (!this.paused) this.driver.connection.resume();
    });
  }

  /** Emits `close`, once, when both the connection is closed and its socket gone. */
  private finish(): void {
    if (this.over || !this.connectionClosed || !this.transportGone) return;
    this.over = true;
    for (let sent = this.callbacks.shift(); sent !== undefined; sent = this.callbacks.shift())
      this.call(sent, new Error(LOST));
    this.tell("close", this.closeCode, this.closeReason);
  }
}
