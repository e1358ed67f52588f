import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Agreed } from "../../../connection/open.ts";
import { Queue } from "../../../connection/buffer/queue.ts";
import type { ConnectionOptions } from "../../../options.ts";
import type { TraceSink } from "../../../trace/record/sink.ts";
import type { ProtocolViolation } from "../../../violation.ts";
import type { DriverListener, OpenDriver } from "../../websocket/driver.ts";
import { driveOpen } from "../../websocket/driving/drive.ts";
import { Blobs, type Sent } from "./blobs.ts";
import type { DuplexLike } from "../../transport/duplex.ts";
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
import { errorOf } from "../errors.ts";
import { PING, PONG } from "../../../frame/opcode.ts";
import { Sender } from "../parts/sender.ts";
import type { WsModules } from "../modules.ts";

/** Options of a {@link Link}. */
export interface LinkOptions {
  /** Whether more than one event may come in a turn. */
  readonly allowSynchronousEvents: boolean;
  readonly autoPong: boolean;
  /** The most pongs that may wait for a peer that does not read; one more ends the connection. 0: no limit. */
  readonly maxPendingAutoPongs: number;
}

/** Options of one message. */
export interface LinkMessage {
  readonly binary: boolean;
  readonly compress: boolean;
  /** Whether this piece ends the message. */
  readonly fin: boolean;
}

/** Makes the error of a message that has not left, with the code that Node's streams have for it. */
const lost = (): Error =>
  Object.assign(new Error("The connection was closed before this was sent"), {
    code: "ERR_STREAM_DESTROYED",
  });

/**
 * An open connection behind a `WebSocket` of the API of `ws`. It turns the driver's calls into events, in the order of `ws`, and keeps the parts
 * of that API beside the protocol: callbacks, Blobs, pieces of messages, one `error`, and a `close` that comes when the socket is gone.
 */
export class Link implements DriverListener {
  readonly driver: OpenDriver;
  binaryType: BinaryType = "nodebuffer";
  paused = false;
  /** Whether the closing handshake went both ways. */
  wasClean = false;
  /** Bytes passed to `send` too late. */
  tooLate = 0;
  private readonly maxPayload: number;
  private reads: Link["receiver"] | undefined = undefined;
  private readonly websocket: EventEmitter;
  private readonly modules: WsModules;
  private readonly options: LinkOptions;
  private readonly agreed: Agreed;
  private readonly callbacks = new Queue<Sent>(); // of messages that have not left, in order
  private blobsRead: Blobs | undefined = undefined;
  private piece: "text" | "binary" | undefined = undefined; // the kind of the message that is sent in pieces
  private violation: ProtocolViolation | undefined = undefined; // not reported yet
  private failed = false; // by a violation
  private errorReported = false;
  private closing = false; // by the application, a failure, or the peer
  private closeCode = 1006;
  private closeReason: Buffer = EMPTY;
  private connectionClosed = false;
  private transportGone = false;
  private calls = 0; // of callbacks, that are due
  private finishing = false; // `close` will be emitted once they are done
  private over = false; // `close` has been emitted
  private pongs = 0; // that may wait

  constructor(
    websocket: EventEmitter,
    modules: WsModules,
    socket: DuplexLike,
    agreed: Agreed,
    connection: Partial<ConnectionOptions>,
    options: LinkOptions,
    record?: TraceSink,
  ) {
    this.websocket = websocket;
    this.modules = modules;
    this.options = options;
    this.agreed = agreed;
    this.maxPayload = connection.maxMessageSize!;
    this.driver = driveOpen(modules.runtime, socket, this, agreed, connection, { record });
  }

  get webSocket(): object {
    return this.websocket;
  }

  /** The part of the receiver that other packages use: its limit, and `conclude` for the peer's close frame. */
  get receiver(): EventEmitter & { readonly _maxPayload: number } {
    return (this.reads ??= Object.assign(new EventEmitter(), { _maxPayload: this.maxPayload }));
  }

  get readyState(): 1 | 2 | 3 {
    if (this.over) return 3;
    return this.closing || this.driver.connection.state !== "open" ? 2 : 1;
  }

  /** Bytes that wait. It first writes the output that the turn holds back, so that it counts bytes the socket could not take, as in `ws`. */
  get bufferedAmount(): number {
    this.driver.flush();
    return this.driver.bufferedBytes + (this.blobsRead?.bytes ?? 0) + this.tooLate;
  }

  // Commands of the application.

  send(data: unknown, message: LinkMessage, sent: Sent | undefined): void {
    if (isBlob(data))
      return this.blobs.read(data, sent, (bytes) => {
        this.send(bytes, message, sent);
      });
    if (this.waits)
      return this.blobs.postpone(lengthOf(data), sent, () => {
        this.send(data, message, sent);
      });
    this.driver.cork();
    if (message.fin && this.piece === undefined) this.sendWhole(data, message);
    else this.sendPiece(toBuffer(data), message);
    if (sent !== undefined) this.notify(sent);
  }

  control(kind: "ping" | "pong", data: Buffer | BlobLike, sent: Sent | undefined): void {
    if (isBlob(data))
      return this.blobs.read(data, sent, (bytes) => {
        this.control(kind, toBuffer(bytes), sent);
      });
    if (this.waits)
      return this.blobs.postpone(data.length, sent, () => {
        this.control(kind, data, sent);
      });
    this.driver.cork();
    if (this.agreed.sessions === undefined) this.driver.connection[kind](data);
    else this.driver.connection.sendFrames(this.frameOf(kind, data));
    if (sent !== undefined) this.notify(sent);
  }

  /** Makes the frame of a ping or pong of the application, which must not overtake messages that are being compressed, as pings and pongs may. */
  private frameOf(kind: "ping" | "pong", data: Buffer): Buffer[] {
    const { role, nextMask } = this.agreed;
    const generateMask = nextMask && ((mask: Buffer) => mask.writeInt32BE(nextMask()));
    const opcode = kind === "ping" ? PING : PONG;
    return Sender.frame(data, { opcode, fin: true, mask: role === "client", generateMask });
  }

  /** Sends ready-made frames. */
  frames(pieces: readonly Buffer[], sent: Sent | undefined): void {
    if (this.waits)
      return this.blobs.postpone(sizeOf(pieces), sent, () => {
        this.frames(pieces, sent);
      });
    this.driver.cork();
    this.driver.connection.sendFrames(pieces);
    if (sent !== undefined) this.notify(sent);
  }

  close(code: number | undefined, reason: string): void {
    this.closing = true;
    if (this.waits)
      return this.blobs.postpone(0, undefined, () => {
        this.close(code, reason);
      });
    this.paused = false; // the peer's close frame must be read
    this.driver.cork();
    this.driver.connection.close(code, reason);
  }

  /** Writes the output that the turn holds back, and drops the transport. */
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
    if (!this.driver.connection.sendable) return this.call(sent, lost());
    this.callbacks.push(sent);
    this.driver.connection.notify(true);
  }

  // Blobs, and messages that wait behind them.

  private get blobs(): Blobs {
    return (this.blobsRead ??= new Blobs(this));
  }

  /** Whether messages must wait behind a Blob. */
  private get waits(): boolean {
    return this.blobsRead !== undefined && this.blobsRead.busy;
  }

  get sendable(): boolean {
    return this.driver.connection.sendable;
  }

  outside(work: () => void): void {
    this.modules.runtime.nextTick(work);
  }

  failToRead(error: Error): void {
    this.closing = true;
    this.emitError(error);
    this.driver.connection.terminate();
  }

  // DriverListener.

  onState(_path: string): void {
    const { violation } = this;
    if (violation === undefined) return;
    this.violation = undefined;
    this.emitError(errorOf(violation)); // our close frame is out by now
  }

  onRequest(): void {}

  onOpen(): void {
    this.emit("open");
  }

  onText(bytes: Uint8Array, start: number, end: number): void {
    this.message(start === end ? EMPTY : viewOf(bytes, start, end), false);
  }

  onTextParts(parts: readonly Uint8Array[], size: number): void {
    this.message(Buffer.concat(parts, size), false);
  }

  onBinary(bytes: Uint8Array, start: number, end: number): void {
    const data = start === end ? EMPTY : viewOf(bytes, start, end);
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
    this.emit("ping", data);
    if (!this.options.allowSynchronousEvents) this.hold();
  }

  onPong(bytes: Uint8Array, start: number, end: number): void {
    this.emit("pong", viewOf(bytes, start, end));
    if (!this.options.allowSynchronousEvents) this.hold();
  }

  onViolation(violation: ProtocolViolation): void {
    this.closing = this.failed = true;
    this.violation = violation;
  }

  onClose(code: number, reason: string, clean: boolean): void {
    this.connectionClosed = true;
    this.wasClean = clean;
    if (clean) this.reads?.emit("conclude", code, Buffer.from(reason));
    // After a violation there was no close frame of the peer: 1006, whatever code ours had.
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

  /** Emits, and catches errors of listeners, so that no other message is lost. */
  private emit(type: string, ...args: unknown[]): void {
    try {
      this.websocket.emit(type, ...args);
    } catch (error) {
      this.modules.runtime.reportError(error);
    }
  }

  /** Emits the error of a connection, once, and not after `close`. */
  private emitError(error: Error): void {
    if (this.errorReported || this.over) return;
    this.errorReported = true;
    this.emit("error", error);
  }

  call(sent: Sent, error: Error | undefined): void {
    this.calls++;
    this.modules.runtime.nextTick(() => {
      this.calls--;
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

  /** With one event a turn: stops reading until the event's turn is over. */
  private hold(): void {
    this.driver.connection.pause();
    this.modules.setImmediate(() => {
      if (!this.paused) this.driver.connection.resume();
    });
  }

  /** Emits `close`, once, when both the connection is closed and its socket gone, and the callbacks of messages have been called. */
  private finish(): void {
    if (this.finishing || !this.connectionClosed || !this.transportGone) return;
    this.finishing = true;
    for (let sent = this.callbacks.shift(); sent !== undefined; sent = this.callbacks.shift())
      this.call(sent, lost());
    if (this.calls === 0) return this.emitClose();
    this.modules.runtime.nextTick(() => {
      this.emitClose();
    });
  }

  private emitClose(): void {
    this.over = true;
    this.emit("close", this.closeCode, this.closeReason);
  }
}
