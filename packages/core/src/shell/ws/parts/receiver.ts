import { Buffer } from "node:buffer";
import { Writable } from "node:stream";
import type { Actions } from "../../../actions.ts";
import type { OpenConnection } from "../../../connection/contract.ts";
import { createOpenConnection } from "../../../connection/open.ts";
import { NO_STATUS } from "../../../close-code.ts";
import type { ProtocolViolation } from "../../../violation.ts";
import { type BinaryType, binaryAs, EMPTY, viewOf } from "../link/data.ts";
import { errorOf } from "../errors.ts";
import { MODULES, type WsModules } from "../modules.ts";
import { connectionOptions, type SocketOptions } from "../options.ts";
import type { PerMessageDeflate } from "./permessage-deflate.ts";

/** Options of a {@link Receiver}. */
export interface ReceiverOptions extends SocketOptions {
  /** @defaultValue false */
  readonly isServer?: boolean | undefined;
  /** @defaultValue `"nodebuffer"` */
  readonly binaryType?: BinaryType | undefined;
  readonly extensions?: Readonly<Record<string, PerMessageDeflate>> | undefined;
}

const nothing = (): void => {};

/**
 * Reads frames written to it, and emits `message (data, isBinary)`, `ping`, `pong` and `conclude (code, reason)`. A `WebSocket` does
 * not use it: it is for applications that have only the bytes of a connection.
 */
export class Receiver extends Writable {
  declare readonly [MODULES]: WsModules;
  private readonly connection: OpenConnection;
  private problem: Error | undefined = undefined;

  constructor(options: ReceiverOptions = {}) {
    super();
    const { runtime } = this[MODULES];
    const limits = connectionOptions({ maxPayload: 0, maxFragments: 0, ...options });
    const deflate = options.extensions?.["permessage-deflate"];
    const sessions = deflate && {
      all: [deflate.session(runtime.compression!, limits.maxMessageSize!)],
      rsv: 4,
    };
    const role = options.isServer === true ? "server" : "client";
    this.connection = createOpenConnection(
      this.actions(options.binaryType),
      runtime.platform,
      { role, sessions },
      limits,
    );
    this.connection.start();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const { connection } = this;
    connection.receive(Buffer.from(chunk)); // a copy: the decoder unmasks in place
    if (connection.state !== "open" && this.problem === undefined) this.conclude();
    done(this.problem);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.connection.receiveEnd();
    done(this.problem);
  }

  /** Ends with the peer's close frame, behind which nothing counts. A client would wait for the server to end the connection. */
  private conclude(): void {
    this.connection.receiveEnd();
    if (!this.writableEnded) this.end();
  }

  /** Returns actions that emit the events, and drop all output for the peer. */
  private actions(binaryType: BinaryType = "nodebuffer"): Actions {
    const emitPayload = (type: string) => (bytes: Uint8Array, start: number, end: number) => {
      this.emit(type, start === end ? EMPTY : viewOf(bytes, start, end));
    };
    const parts = (isBinary: boolean) => (pieces: readonly Uint8Array[], size: number) => {
      this.emit("message", binaryAs(isBinary ? binaryType : "nodebuffer", pieces, size), isBinary);
    };
    const message = (isBinary: boolean) => (bytes: Uint8Array, start: number, end: number) => {
      parts(isBinary)([start === end ? EMPTY : viewOf(bytes, start, end)], end - start);
    };
    return {
      ...silent,
      onText: message(false),
      onBinary: message(true),
      onTextParts: parts(false),
      onBinaryParts: parts(true),
      onPing: emitPayload("ping"),
      onPong: emitPayload("pong"),
      onViolation: (violation: ProtocolViolation) => {
        this.problem = errorOf(violation);
      },
      onClose: (code: number, reason: string, clean: boolean) => {
        if (!clean && code !== NO_STATUS) return;
        this.emit("conclude", code, reason === "" ? EMPTY : Buffer.from(reason));
      },
    };
  }
}

const silent = {
  write: nothing,
  writeMany: nothing,
  mark: nothing,
  writeHead: nothing,
  endTransport: nothing,
  destroyTransport: nothing,
  pauseTransport: nothing,
  resumeTransport: nothing,
  setTimer: nothing,
  clearTimer: nothing,
  onState: nothing,
  onRequest: nothing,
  onOpen: nothing,
  onFragment: nothing,
};
