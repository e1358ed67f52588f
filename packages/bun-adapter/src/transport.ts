import {
  type Connector,
  NOT_WRITABLE,
  type Sent,
  SentMarks,
  type Transport,
  type TransportListener,
  WAITS_FOR,
} from "@sansocket/core/shell";
import { Buffer } from "node:buffer";
import type { BunSocket } from "./bun.ts";
import { bunRuntime } from "./runtime.ts";

/** Up to this size pieces are joined for one write: a copy of 64 KiB costs less than a system call and a segment of its own for each. */
const JOIN_MAX = 65_536;

/**
 * A transport over `Bun.listen` and `Bun.connect`, whose sockets take the bytes that fit and keep no others. The rest waits here; so do bytes
 * written before a client's socket opens.
 *
 * Bun calls `close` from inside `close()`, so the transport reports it in a microtask: it never calls a listener from inside a method.
 */
export class BunTransport implements Connector, Transport {
  private socket: BunSocket | undefined;
  private handshaking: BunSocket | undefined = undefined; // a client's socket, before its TLS handshake ends
  private listener: TransportListener | undefined = undefined;
  /** The bytes that wait to be written, in order. */
  private waiting: Uint8Array[] | undefined = undefined;
  bufferedBytes = 0;
  destroyed = false;
  private left = 0; // bytes that have waited since the beginning
  private marks: SentMarks | undefined = undefined;
  private ending = false;
  private ended = false; // the peer
  private paused = false;
  private cause: unknown = undefined;

  /** @param socket an open one; else {@link opened} brings it */
  constructor(socket: BunSocket | undefined) {
    this.socket = socket;
    if (socket !== undefined) socket.data = this;
  }

  bind(listener: TransportListener): Transport {
    this.listener = listener;
    return this;
  }

  // Transport.

  get backedUp(): boolean {
    return this.bufferedBytes > 0;
  }

  write(bytes: Uint8Array, sent?: Sent): void {
    const taken = this.put(bytes);
    if (sent !== undefined) this.mark(taken, sent);
  }

  /** Writes the bytes that fit, and keeps the rest. Returns false once closed. */
  private put(bytes: Uint8Array): boolean {
    if (this.destroyed || this.ending) return false;
    if (this.socket === undefined || this.waiting !== undefined) this.wait(bytes);
    else {
      const taken = this.socket.write(bytes);
      if (taken < 0) return false; // it is closed, and `close` follows
      if (taken < bytes.length) this.wait(bytes.subarray(taken));
    }
    return true;
  }

  /** Written bytes go to the kernel at once, or wait: then `sent` waits with them. */
  private mark(taken: boolean, sent: Sent): void {
    if (taken && this.waiting !== undefined)
      return (this.marks ??= new SentMarks()).add(this.left + this.bufferedBytes, sent);
    bunRuntime.queueMicrotask(() => {
      if (taken) sent();
      else sent(new Error(NOT_WRITABLE));
    });
  }

  writeMany(pieces: readonly Uint8Array[], sent?: Sent): void {
    let size = 0;
    for (const piece of pieces) size += piece.length;
    if (size <= JOIN_MAX) return this.write(Buffer.concat(pieces, size), sent);
    pieces.forEach((piece, at) => {
      this.write(piece, at === pieces.length - 1 ? sent : undefined);
    });
  }

  end(): void {
    if (this.ending || this.destroyed) return;
    this.ending = true;
    this.resume(); // later bytes are dropped: left unread, they would hide the peer's end
    if (this.waiting === undefined) this.socket?.shutdown();
  }

  destroy(): void {
    if (this.destroyed) return;
    if (this.socket !== undefined) return void this.socket.close();
    this.handshaking?.close();
    this.closed(undefined);
  }

  pause(): void {
    this.paused = true;
    this.socket?.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.socket?.resume();
  }

  get remoteAddress(): string | undefined {
    return this.socket?.remoteAddress;
  }

  get waitsFor(): string | undefined {
    if (this.socket !== undefined) return undefined;
    return this.handshaking === undefined ? WAITS_FOR.connection : WAITS_FOR.tls;
  }

  // Events of Bun.

  /** A client's socket has opened, before its TLS handshake. */
  reached(socket: BunSocket): void {
    if (this.destroyed) socket.close();
    else this.handshaking = socket;
  }

  /** A client's socket is ready, after its TLS handshake if it has one. */
  opened(socket: BunSocket): void {
    if (this.destroyed) return void socket.close();
    this.socket = socket;
    this.handshaking = undefined;
    if (this.paused) socket.pause();
    if (this.waiting !== undefined) this.drained();
    else if (this.ending) socket.shutdown();
  }

  received(bytes: Uint8Array): void {
    this.listener?.onData(bytes);
  }

  drained(): void {
    const { waiting, socket } = this;
    if (waiting === undefined || socket === undefined) return;
    let at = 0;
    for (; at < waiting.length; at++) {
      const bytes = waiting[at]!;
      const taken = socket.write(bytes);
      if (taken < 0) return; // it is closed, and `close` follows
      this.bufferedBytes -= taken;
      this.left += taken;
      if (taken === bytes.length) continue;
      waiting[at] = bytes.subarray(taken);
      break;
    }
    this.marks?.reached(this.left);
    if (at < waiting.length) {
      waiting.splice(0, at);
      return this.listener?.onProgress?.();
    }
    this.waiting = undefined;
    if (this.ending) socket.shutdown();
    this.listener?.onDrain();
  }

  finished(): void {
    if (this.ended) return;
    this.ended = true;
    this.listener?.onEnd();
  }

  /** The error of a connection, where Bun reports it before the close. */
  failed(cause: unknown): void {
    this.cause ??= cause;
  }

  closed(error: unknown): void {
    if (this.destroyed) return;
    const cause = this.cause ?? error ?? undefined;
    // Once we have shut down, Bun does not report the peer's end: it closes at once.
    const finishes = cause === undefined && this.ending && !this.ended;
    this.destroyed = true;
    this.waiting = undefined;
    this.bufferedBytes = 0;
    bunRuntime.queueMicrotask(() => {
      if (finishes) this.finished();
      this.marks?.fail(cause);
      this.listener?.onGone(cause);
    });
  }

  private wait(bytes: Uint8Array): void {
    (this.waiting ??= []).push(bytes);
    this.bufferedBytes += bytes.length;
  }
}

/** Bun's handlers of every socket, once it has its transport. */
export const traffic = {
  data(socket: BunSocket, bytes: Uint8Array): void {
    socket.data?.received(bytes);
  },
  drain(socket: BunSocket): void {
    socket.data?.drained();
  },
  end(socket: BunSocket): void {
    if (socket.data === undefined) socket.close();
    else socket.data.finished();
  },
  close(socket: BunSocket, error?: unknown): void {
    socket.data?.closed(error);
  },
  /** A handler threw. Bun also reports broken TLS here, which any peer may cause: `close` follows. */
  error(socket: BunSocket, error: unknown): void {
    if ((error as { code?: unknown } | undefined)?.code === "EPROTO") socket.data?.failed(error);
    else bunRuntime.reportError(error);
  },
} as const;
