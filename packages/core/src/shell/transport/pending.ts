import type { HeaderSection } from "../../opening.ts";
import { writeHeadTo } from "./http2.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { NOT_WRITABLE } from "./sent-marks.ts";
import type { Sent, Transport, TransportListener } from "./transport.ts";
import { bindTransport, type Connector, type TransportSource } from "./connector.ts";

/** The outcome of connecting: one of the two is called, once, and not from within {@link StartConnecting}. */
export interface ConnectOutcome {
  /** The connection is there. If the transport was destroyed meanwhile, it destroys `source`. */
  ready(source: TransportSource): void;
  /** Connecting has failed, by `cause`. */
  failed(cause: unknown): void;
}

/** Starts to connect, in more than one step, such as through a proxy. Returns a function that ends the attempt. */
export type StartConnecting = (outcome: ConnectOutcome) => () => void;

/**
 * Makes a transport that is still connecting: it holds writes until it is connected.
 * @param waitsFor the text for a timeout: `the proxy has not answered`
 */
export const pendingConnector = (
  runtime: Runtime,
  make: StartConnecting,
  waitsFor?: string,
): Connector => ({
  destroyed: false,
  bind: (listener) => new PendingTransport(runtime, listener, make, waitsFor),
});

/** Holds calls until a transport is connected, and then passes calls on to it; incoming bytes go to the listener directly. */
class PendingTransport implements Transport {
  private readonly runtime: Runtime;
  private readonly listener: TransportListener;
  private readonly giveUp: () => void;
  private readonly reason: string | undefined;
  private inner: Transport | undefined = undefined;
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private head: HeaderSection | undefined = undefined; // waits, too
  private marks: Sent[] | undefined = undefined; // the callbacks of writes that wait
  private paused = false;
  private over = false; // without ever being there

  constructor(
    runtime: Runtime,
    listener: TransportListener,
    make: StartConnecting,
    waitsFor: string | undefined,
  ) {
    this.runtime = runtime;
    this.reason = waitsFor;
    this.listener = listener;
    this.giveUp = make({
      ready: (source) => {
        this.ready(source);
      },
      failed: (cause) => {
        this.gone(cause);
      },
    });
  }

  writeHead(head: HeaderSection): void {
    if (this.inner !== undefined) writeHeadTo(this.inner, head);
    else this.head = head;
  }

  write(bytes: Uint8Array, sent?: Sent): void {
    if (this.inner !== undefined) return this.inner.write(bytes, sent);
    if (sent !== undefined) (this.marks ??= []).push(sent);
    if (this.over) return this.fail(undefined);
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
  }

  writeMany(pieces: readonly Uint8Array[], sent?: Sent): void {
    if (this.inner !== undefined) return this.inner.writeMany(pieces, sent);
    const last = pieces.length - 1;
    pieces.forEach((piece, at) => {
      this.write(piece, at === last ? sent : undefined);
    });
  }

  /** Ends an attempt to connect, or the side of a connected transport. */
  end(): void {
    if (this.inner !== undefined) this.inner.end();
    else this.destroy();
  }

  destroy(): void {
    if (this.inner !== undefined) return this.inner.destroy();
    if (this.over) return;
    this.giveUp();
    this.runtime.queueMicrotask(() => {
      this.gone(undefined);
    }); // a listener is never called from within a method
  }

  pause(): void {
    this.paused = true;
    this.inner?.pause();
  }

  resume(): void {
    this.paused = false;
    this.inner?.resume();
  }

  get bufferedBytes(): number {
    return this.inner?.bufferedBytes ?? this.waitingBytes;
  }

  get backedUp(): boolean {
    return this.inner?.backedUp ?? false;
  }

  get remoteAddress(): string | undefined {
    return this.inner?.remoteAddress;
  }

  get waitsFor(): string | undefined {
    return this.inner === undefined ? this.reason : this.inner.waitsFor;
  }

  private ready(source: TransportSource): void {
    if (this.over) return bindTransport(source, NOBODY).destroy();
    const inner = bindTransport(source, this.listener);
    const { waiting, marks } = this;
    this.inner = inner;
    this.waiting = [];
    this.marks = undefined;
    if (this.head !== undefined) writeHeadTo(inner, this.head);
    this.head = undefined;
    if (waiting.length > 0)
      inner.writeMany(
        waiting,
        marks &&
          ((error) => {
            for (const sent of marks) sent(error);
          }),
      );
    if (this.paused) inner.pause();
  }

  private gone(cause: unknown): void {
    if (this.over || this.inner !== undefined) return;
    this.over = true;
    this.waiting = [];
    this.waitingBytes = 0;
    this.fail(cause);
    this.listener.onGone(cause);
  }

  /** Calls the callbacks of waiting writes with the error. */
  private fail(cause: unknown): void {
    const { marks } = this;
    this.marks = undefined;
    if (marks === undefined) return;
    this.runtime.queueMicrotask(() => {
      const error = cause instanceof Error ? cause : new Error(NOT_WRITABLE);
      for (const sent of marks) sent(error);
    });
  }
}

/** The listener of an unwanted transport. */
const NOBODY: TransportListener = {
  onData: () => {},
  onEnd: () => {},
  onDrain: () => {},
  onGone: () => {},
};
