import type { EventEmitter } from "node:events";
import { Duplex, type DuplexOptions } from "node:stream";
import type { Sent } from "./link/blobs.ts";

/** The part of a `WebSocket` that a stream uses. */
interface StreamedSocket extends EventEmitter {
  readonly readyState: number;
  readonly isPaused: boolean;
  readonly _socket: object | null;
  send(data: unknown, sent: Sent): void;
  close(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
}

const CONNECTING = 0;
const CLOSED = 3;

/** The part of the socket of `node:net` that a stream waits for: its `finish` is that of the stream. */
type Ending = EventEmitter & { readonly writableFinished?: boolean };

/**
 * Makes a `Duplex` over a WebSocket: it sends each written chunk as a message, and gives received messages to its reader. It pauses the WebSocket while
 * nobody reads, ends when the WebSocket closes, and closes it when it is ended.
 */
export function createWebSocketStream(socket: StreamedSocket, options?: DuplexOptions): Duplex {
  const duplex = new SocketStream(socket, options);
  socket.on("message", (data: unknown, isBinary: boolean) => {
    duplex._ownReceive(data, isBinary);
  });
  socket.once("error", (error: Error) => {
    duplex._ownFail(error);
  });
  socket.once("close", () => {
    if (!duplex.destroyed) duplex.push(null);
  });
  return duplex;
}

class SocketStream extends Duplex {
  private readonly _ownSocket: StreamedSocket;
  private _ownTerminates = true; // the WebSocket, when the stream is destroyed

  constructor(socket: StreamedSocket, options?: DuplexOptions) {
    super({
      ...options,
      autoDestroy: false,
      emitClose: false,
      objectMode: false,
      writableObjectMode: false,
    });
    this._ownSocket = socket;
    this.on("end", () => {
      if (!this.destroyed && this.writableFinished) this.destroy();
    });
    this.on("error", this._ownOnError);
    // In `ws` these are the stream's own functions, and code that wraps them calls them without `this`.
    this._read = this._read.bind(this);
    this._final = this._final.bind(this);
  }

  _ownReceive(data: unknown, isBinary: boolean): void {
    const chunk = !isBinary && this.readableObjectMode ? String(data) : data;
    if (!this.push(chunk)) this._ownSocket.pause();
  }

  /** Ends the stream with the error of the WebSocket, which closes by itself, with a close frame if possible. */
  _ownFail(error: Error): void {
    if (this.destroyed) return;
    this._ownTerminates = false;
    this.destroy(error);
  }

  override _read(): void {
    if (this._ownSocket.isPaused) this._ownSocket.resume();
  }

  override _write(chunk: unknown, encoding: BufferEncoding, callback: Sent): void {
    const { _ownSocket: socket } = this;
    if (socket.readyState !== CONNECTING) return socket.send(chunk, callback);
    socket.once("open", () => {
      this._write(chunk, encoding, callback);
    });
  }

  override _final(callback: (error?: Error | null) => void): void {
    const { _ownSocket: socket } = this;
    if (socket.readyState === CONNECTING) {
      socket.once("open", () => {
        this._final(callback);
      });
      return;
    }
    const ending = socket._socket as Ending | null;
    if (ending === null) return; // it could not connect: its error will end this stream
    if (ending.writableFinished === true) {
      callback();
      if (this.readableEnded) this.destroy();
      return;
    }
    ending.once("finish", () => {
      callback();
    });
    socket.close();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const { _ownSocket: socket } = this;
    const end = (cause: Error | null): void => {
      callback(cause);
      queueMicrotask(() => {
        this.emit("close");
      });
    };
    if (socket.readyState === CLOSED) return end(error);
    let failure: Error | null = error;
    let reported = false;
    socket.once("error", (cause: Error) => {
      failure = cause;
      reported = true;
      callback(cause);
    });
    socket.once("close", () => {
      if (!reported) callback(failure);
      queueMicrotask(() => {
        this.emit("close");
      });
    });
    if (this._ownTerminates) socket.terminate();
  }

  /** Throws an error if the stream has no other listener for it, as it would without this one. */
  private readonly _ownOnError = (error: Error): void => {
    this.removeListener("error", this._ownOnError);
    this.destroy();
    if (this.listenerCount("error") === 0) this.emit("error", error);
  };
}
