import {
  type Connector,
  NOT_WRITABLE,
  type Sent,
  SentMarks,
  takeConnection,
  type Transport,
  type TransportListener,
} from "@sansocket/core/shell";
import { denoRuntime } from "./runtime.ts";

/** The used part of a `Deno.Conn`: `Deno.TcpConn`, `Deno.TlsConn` and `Deno.UnixConn` have it. */
export interface DenoConn {
  /** `null` at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Returns the number of bytes taken, which may be fewer than given. */
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
  /** The address. Of a Unix socket, it has a path in place of a host name. */
  readonly remoteAddr?: object;
  /** `Deno.TcpConn` alone has it: over TLS, Nagle's algorithm stays as it was before. */
  setNoDelay?(noDelay: boolean): void;
}

/** A pending read holds its buffer, so an idle connection has a small one; a busy one has fewer calls with a larger. */
const READ_MIN = 4096;
const READ_MAX = 65_536;
/** From this many waiting bytes on, senders should wait. Below it they need not: every write takes a turn of the event loop here. */
const HIGH_WATER = 65_536;
/** Up to this size pieces are joined for one write. */
const JOIN_MAX = 65_536;

/** A transport over a connection that the application has made, or accepted. It takes the connection over, and closes it. */
export class DenoTransport implements Connector, Transport {
  private readonly conn: DenoConn;
  private listener: TransportListener | undefined = undefined;
  private waiting: Uint8Array[] = [];
  bufferedBytes = 0;
  destroyed = false;
  private taken = 0; // bytes to write since the beginning
  private marks: SentMarks | undefined = undefined;
  private backed = false; // since the last drain
  private writing = false;
  private ending = false;
  private half = false; // our side has ended
  private ended = false; // the peer's
  private paused = false;
  private resumed: (() => void) | undefined = undefined;

  constructor(conn: DenoConn) {
    this.conn = conn;
  }

  bind(listener: TransportListener): Transport {
    takeConnection(this.conn, "conn");
    this.listener = listener;
    void this.readAll();
    return this;
  }

  get remoteAddress(): string | undefined {
    return (this.conn.remoteAddr as { readonly hostname?: string } | undefined)?.hostname;
  }

  get backedUp(): boolean {
    return this.bufferedBytes >= HIGH_WATER;
  }

  write(bytes: Uint8Array, sent?: Sent): void {
    if (this.destroyed || this.ending) return refuse(sent);
    if (bytes.length > 0) {
      this.waiting.push(bytes);
      this.bufferedBytes += bytes.length;
      this.taken += bytes.length;
      this.backed ||= this.backedUp;
    }
    if (sent !== undefined) (this.marks ??= new SentMarks()).add(this.taken, sent);
    if (!this.writing && (bytes.length > 0 || sent !== undefined)) void this.writeAll();
  }

  writeMany(pieces: readonly Uint8Array[], sent?: Sent): void {
    // Those that wait are joined.
    pieces.forEach((piece, at) => {
      this.write(piece, at === pieces.length - 1 ? sent : undefined);
    });
  }

  end(): void {
    if (this.ending) return;
    this.ending = true;
    this.resume(); // later bytes are dropped: left unread, they would hide the peer's end
    if (!this.writing) void this.writeAll();
  }

  destroy(): void {
    this.gone(undefined);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.resumed?.();
    this.resumed = undefined;
  }

  private async readAll(): Promise<void> {
    let size = READ_MIN;
    let buffer = new Uint8Array(size);
    try {
      // Deno leaves Nagle's algorithm on: a small message would wait for the acknowledgement of the one before.
      this.conn.setNoDelay?.(true);
      while (!this.destroyed) {
        const count = await this.conn.read(buffer);
        while (this.paused)
          await new Promise<void>((resolve) => {
            this.resumed = resolve;
          });
        if (this.destroyed) return;
        if (count === null) return this.finish();
        if (count === 0) continue;
        // The listener owns its bytes: a part of the buffer is copied; a full buffer is handed over, and a larger one replaces it.
        const whole = count === buffer.length;
        this.tell(whole ? buffer : buffer.slice(0, count));
        const next = whole
          ? Math.min(size * 2, READ_MAX)
          : count < size / 4
            ? Math.max(size / 2, READ_MIN)
            : size;
        if (whole || next !== size) buffer = new Uint8Array((size = next));
      }
    } catch (error) {
      this.gone(error);
    }
  }

  private finish(): void {
    this.ended = true;
    this.tell(undefined);
    this.closeIfDone();
  }

  /** Reports bytes, or the end. An application's observer may throw, which must not count as a fault of the connection. */
  private tell(bytes: Uint8Array | undefined): void {
    try {
      if (bytes !== undefined) this.listener!.onData(bytes);
      else this.listener!.onEnd();
    } catch (error) {
      denoRuntime.reportError(error);
    }
  }

  private async writeAll(): Promise<void> {
    this.writing = true;
    try {
      // One turn, to gather the writes of a batch.
      await undefined;
      this.marks?.reached(this.taken - this.bufferedBytes);
      while (this.waiting.length > 0) await this.writeOne(joined(this.waiting));
      if (this.ending && !this.half && !this.destroyed) {
        await this.conn.closeWrite();
        this.half = true;
        this.closeIfDone();
      }
    } catch (error) {
      this.gone(error);
    } finally {
      this.writing = false;
    }
    if (this.waiting.length > 0 || (this.ending && !this.half && !this.destroyed))
      void this.writeAll();
  }

  private async writeOne(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const taken = await this.conn.write(at === 0 ? bytes : bytes.subarray(at));
      if (this.destroyed) return;
      if (taken === 0) throw new Deno.errors.WriteZero("The connection takes no more bytes");
      at += taken;
      this.bufferedBytes -= taken;
      if (this.backed && this.bufferedBytes > 0) this.listener!.onProgress?.();
    }
    this.marks?.reached(this.taken - this.bufferedBytes);
    if (this.waiting.length === 0 && this.backed) this.drained();
  }

  private drained(): void {
    this.backed = false;
    try {
      this.listener!.onDrain();
    } catch (error) {
      denoRuntime.reportError(error);
    }
  }

  private closeIfDone(): void {
    if (this.ended && this.half) this.gone(undefined);
  }

  private gone(error: unknown): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.waiting = [];
    this.bufferedBytes = 0;
    try {
      this.conn.close(); // a pending read rejects with Interrupted, which no caller awaits
    } catch {} // BadResource: it is closed already
    this.resume();
    denoRuntime.queueMicrotask(() => {
      this.marks?.fail(error);
      this.listener!.onGone(error);
    });
  }
}

/** Too late. */
function refuse(sent: Sent | undefined): void {
  if (sent !== undefined)
    denoRuntime.queueMicrotask(() => {
      sent(new Error(NOT_WRITABLE));
    });
}

/** Takes the pieces of one write from the front. */
function joined(waiting: Uint8Array[]): Uint8Array {
  let size = 0;
  let count = 0;
  while (count < waiting.length && (count === 0 || size + waiting[count]!.length <= JOIN_MAX))
    size += waiting[count++]!.length;
  const pieces = waiting.splice(0, count);
  if (count === 1) return pieces[0]!;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
