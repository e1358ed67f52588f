import { NOT_WRITABLE } from "./sent-marks.ts";
import { isBackedUp, SLICE, Slices } from "./slices.ts";
import { type Sent, type Transport, type TransportListener, WAITS_FOR } from "./transport.ts";

/** The part of a Node-style stream that a {@link DuplexTransport} uses: `net` and `tls` sockets, upgraded ones, HTTP/2 streams, on every runtime. */
export interface DuplexLike {
  readonly destroyed: boolean;
  /** The error that destroyed it; `null` or `undefined` if there was none. */
  readonly errored?: unknown;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly writableLength: number;
  readonly writableNeedDrain: boolean;
  write(bytes: Uint8Array, sent?: Sent): boolean;
  cork(): void;
  uncork(): void;
  end(): unknown;
  destroy(): unknown;
  pause(): unknown;
  resume(): unknown;
  on(event: string, listener: (...args: never[]) => void): unknown;
  removeListener(event: string, listener: (...args: never[]) => void): unknown;
  setNoDelay?(noDelay?: boolean): unknown;
  setTimeout?(milliseconds: number): unknown;
}

/** Where a stream keeps its transport, so that its listeners can be shared by all streams. */
const TRANSPORT: unique symbol = Symbol("transport");
type Bound = DuplexLike & { allowHalfOpen?: boolean; [TRANSPORT]?: DuplexTransport | undefined };

/**
 * A transport over a Node-style stream. It turns Nagle's algorithm and the idle timeout off, and removes its listeners
 * when the stream ends.
 */
export class DuplexTransport implements Transport {
  private readonly stream: Bound;
  private readonly listener: TransportListener;
  private cause: unknown = undefined;
  /** Bytes that the stream does not have yet. */
  declare private slices: Slices | undefined; // on the prototype: few are slow
  declare private ending: boolean; // `end` waits for them

  constructor(stream: DuplexLike, listener: TransportListener) {
    this.stream = stream;
    this.listener = listener;
    // A small message should not wait for the acknowledgement of the one before; a quiet WebSocket is not a dead one.
    stream.setNoDelay?.(true);
    stream.setTimeout?.(0);
    // The connection decides when to end its side: before the peer's end there may be messages that still wait.
    this.stream.allowHalfOpen = true;
    this.stream[TRANSPORT] = this;
    for (const [event, listen] of LISTENERS) stream.on(event, listen);
    if (!stream.destroyed) return;
    // It may have emitted `close` already, or its error may still come: without a listener, that would end the process.
    this.cause = stream.errored ?? undefined;
    if (this.cause !== undefined) stream.on("error", ignore);
    queueMicrotask(() => {
      this.gone();
    });
  }

  write(bytes: Uint8Array, sent?: Sent): void {
    const { stream } = this;
    if (!this.isOpen) return this.refuse(sent);
    if (bytes.length <= SLICE && this.takes) stream.write(bytes, sent);
    else {
      this.queue(bytes, sent);
      this.feed();
    }
  }

  writeMany(pieces: readonly Uint8Array[], sent?: Sent): void {
    const { stream } = this;
    const last = pieces.length - 1;
    let size = 0;
    for (const piece of pieces) size += piece.length;
    if (!this.isOpen) this.refuse(sent);
    else if (size <= SLICE && this.takes) {
      stream.cork();
      for (let i = 0; i < last; i++) stream.write(pieces[i]!);
      stream.write(pieces[last]!, sent);
      stream.uncork();
    } else {
      for (let i = 0; i < last; i++) this.queue(pieces[i]!, undefined);
      this.queue(pieces[last]!, sent);
      this.feed();
    }
  }

  end(): void {
    if (this.slices === undefined) this.stream.end();
    this.ending = true;
    this.stream.resume(); // bytes that still come are not wanted, and unread they would hide the peer's end
  }

  destroy(): void {
    this.stream.destroy();
  }

  pause(): void {
    this.stream.pause();
    // A stream that is ended emits no "drain".
    if (this.ending)
      this.stream.on("finish", () => {
        this.listener.onProgress?.();
      });
  }

  resume(): void {
    this.stream.resume();
  }

  get bufferedBytes(): number {
    return this.stream.writableLength + (this.slices === undefined ? 0 : this.slices.size);
  }

  get backedUp(): boolean {
    return this.slices !== undefined || isBackedUp(this.stream);
  }

  get remoteAddress(): string | undefined {
    const { remoteAddress, session } = this.stream as {
      remoteAddress?: string;
      session?: { socket?: { remoteAddress?: string } };
    };
    return remoteAddress ?? session?.socket?.remoteAddress;
  }

  get waitsFor(): string | undefined {
    const { connecting, secureConnecting } = this.stream as {
      connecting?: unknown;
      secureConnecting?: unknown;
    };
    if (connecting === true) return WAITS_FOR.connection;
    return secureConnecting === true ? WAITS_FOR.tls : undefined;
  }

  /** @internal */
  hear(event: string, value: unknown): void {
    switch (event) {
      case "data":
        return this.listener.onData(value as Uint8Array);
      case "drain":
        return this.drained();
      case "end":
        return this.listener.onEnd();
      case "error":
        return this.fail(value);
      default:
        return this.gone();
    }
  }

  private get isOpen(): boolean {
    return this.stream.writable && !this.ending;
  }

  /** Whether the stream takes more at once. */
  private get takes(): boolean {
    return this.slices === undefined && !isBackedUp(this.stream);
  }

  private queue(bytes: Uint8Array, sent: Sent | undefined): void {
    (this.slices ??= new Slices()).push(bytes, sent);
  }

  private feed(): void {
    if (this.slices?.feed(this.stream) !== true) return;
    this.slices = undefined;
    if (this.ending) this.stream.end();
  }

  private drained(): void {
    this.feed();
    if (this.backedUp) this.listener.onProgress?.();
    else this.listener.onDrain();
  }

  private refuse(sent: Sent | undefined): void {
    if (sent !== undefined)
      queueMicrotask(() => {
        sent(new Error(NOT_WRITABLE));
      });
  }

  /** Destroys the stream after an error: `node:tls` emits an error of an established TLS connection, but does not close it. */
  private fail(cause: unknown): void {
    this.cause ??= cause;
    this.stream.destroy();
  }

  private gone(): void {
    const { stream } = this;
    if (stream[TRANSPORT] !== this) return;
    stream[TRANSPORT] = undefined;
    for (const [event, listen] of LISTENERS) stream.removeListener(event, listen);
    this.slices?.fail(new Error(NOT_WRITABLE));
    this.slices = undefined;
    this.listener.onGone(this.cause);
  }
}
Object.assign(DuplexTransport.prototype, { slices: undefined, ending: false });

const ignore = (): void => {};

/** One function for each event, shared by all streams of the process: closures would cost memory for every connection. */
const LISTENERS = ["data", "drain", "end", "error", "close"].map((event) => {
  function listen(this: Bound, value: unknown): void {
    this[TRANSPORT]!.hear(event, value);
  }
  return [event, listen as (...args: never[]) => void] as const;
});
