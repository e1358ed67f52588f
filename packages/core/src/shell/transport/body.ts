import type { Transport, TransportListener } from "./transport.ts";

/** The bytes that Node's streams hold before writers should wait. */
const HIGH_WATER_MARK = 16_384;

/** The code of the error that a dropped stream ends with; code that sends the body on need not report it. */
export const DROPPED = "event-stream-dropped";

/** A transport that writes to a `ReadableStream`, the body of a `Response`; when it is cancelled, the client has left. */
export class StreamTransport implements Transport {
  /** The written bytes. */
  readonly stream: ReadableStream<Uint8Array>;
  backedUp = false;
  private readonly listener: TransportListener;
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined = undefined;

  constructor(listener: TransportListener) {
    this.listener = listener;
    const strategy = new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_MARK });
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => {
          this.pulled();
        },
        cancel: () => {
          this.gone();
        }, // not an error, though Bun names one
      },
      strategy,
    );
  }

  write(bytes: Uint8Array): void {
    this.controller?.enqueue(bytes);
    // `pull` may be called from inside `enqueue`; only one after it says that there is room again.
    this.backedUp = this.room <= 0;
  }

  writeMany(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.write(piece);
  }

  /** Ends the stream; the runtime then owns the bytes that wait. */
  end(): void {
    const { controller } = this;
    this.controller = undefined;
    controller?.close();
  }

  destroy(): void {
    const { controller } = this;
    this.controller = undefined;
    controller?.error(Object.assign(new Error("The event stream was dropped"), { code: DROPPED }));
  }

  /** Does nothing: a response is not read. */
  pause(): void {}
  /** Does nothing. @see {@link pause} */
  resume(): void {}

  get bufferedBytes(): number {
    return this.controller === undefined ? 0 : HIGH_WATER_MARK - this.room;
  }

  /** The client has left, by a cancelled stream or an aborted request. */
  gone(): void {
    if (this.controller === undefined) return;
    this.controller = undefined;
    this.listener.onGone();
  }

  private get room(): number {
    return this.controller?.desiredSize ?? 0;
  }

  private pulled(): void {
    if (!this.backedUp || this.room <= 0) return;
    this.backedUp = false;
    this.listener.onDrain();
  }
}
