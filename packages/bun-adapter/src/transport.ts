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
 * A transport over `Bun.listen` and `Bun.connect`, whose sockets take what fits and keep nothing. What does not fit waits here; so does what is
 * written before a client's socket is there.
 *
 * Bun calls `close` from inside `close()`, so that news is passed on in a microtask: a listener is never called from inside a method.
 */
export class BunTransport implements Connector, Transport {
  private socket: BunSocket | undefined;
  private handshaking: BunSocket | undefined = undefined; // a client's, before TLS is agreed on
  private listener: TransportListener | undefined = undefined;
  /** What waits to be written, in order. */
  private waiting: Uint8Array[] | undefined = undefined;
  bufferedBytes = 0;
  destroyed = false;
  private left = 0; // of bytes that have waited, ever
  private marks: SentMarks | undefined = undefined;
  private ending = false;
  private ended = false; // the peer
  private paused = false;
  private cause: unknown = undefined;

  /** @param socket where it is there already; else {@link opened} brings it */
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

  /** Writes what fits, and keeps the rest. Returns false where it is too late. */
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

  /** What is written goes to the kernel at once, or waits: then `sent` waits with it. */
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
    this.resume(); // what still comes is not wanted, and unread it would hide the peer's end
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

  // What Bun tells.

  /** A client's socket is there, and is still to agree on TLS. */
  reached(socket: BunSocket): void {
    if (this.destroyed) socket.close();
    else this.handshaking = socket;
  }

  /** A client's socket is there, and through TLS where that was asked for. */
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

  /** Why the connection fails, where that is told before it does. */
  failed(cause: unknown): void {
    this.cause ??= cause;
  }

  closed(error: unknown): void {
    if (this.destroyed) return;
    const cause = this.cause ?? error ?? undefined;
    // Once we have shut down, the peer's end is not told: Bun closes at once.
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

/** What Bun tells of every socket, once it has its transport. */
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
  /** What a handler threw; but TLS that is broken is told so too, which any peer may do: `close` follows. */
  error(socket: BunSocket, error: unknown): void {
    if ((error as { code?: unknown } | undefined)?.code === "EPROTO") socket.data?.failed(error);
    else bunRuntime.reportError(error);
  },
} as const;
