import type { Transport, TransportListener } from "./transport.ts";

/**
 * The part of a response that a {@link ResponseTransport} uses: `http.ServerResponse` and `http2.Http2ServerResponse`, on every runtime, and
 * the responses of frameworks.
 */
export interface ResponseLike {
  readonly destroyed?: boolean;
  readonly writableEnded: boolean;
  readonly writableLength?: number;
  readonly socket?: {
    setNoDelay?(noDelay?: boolean): unknown;
    readonly remoteAddress?: string | undefined;
  } | null;
  write(bytes: Uint8Array): unknown;
  cork?(): void;
  uncork?(): void;
  /** Makes compressing middleware send the bytes it holds: npm `compression` adds it. */
  flush?(): void;
  end(): unknown;
  destroy(): unknown;
  setTimeout?(milliseconds: number): unknown;
  on(event: string, listener: (...args: never[]) => void): unknown;
  removeListener(event: string, listener: (...args: never[]) => void): unknown;
}

/** Where a response keeps its transport, so that its listeners can be shared by all. */
const TRANSPORT: unique symbol = Symbol("transport");
type Bound = ResponseLike & { [TRANSPORT]?: ResponseTransport };

/**
 * A transport that writes the body of a response, so that chunking, HTTP/2 and hooks of `write` keep working. It reads nothing, and removes its
 * listeners when the response ends.
 */
export class ResponseTransport implements Transport {
  backedUp = false;
  private readonly response: Bound;
  private readonly listener: TransportListener;
  private readonly listeners: Listeners;
  private held = 0; // bytes that a full hook holds until it drains
  private cause: unknown = undefined;

  constructor(response: ResponseLike, listener: TransportListener) {
    this.response = response;
    this.listener = listener;
    response.setTimeout?.(0); // a quiet stream is not a dead one
    this.response[TRANSPORT] = this;
    // If a hook emits `drain` by a stream of its own, only a closure finds this transport.
    this.listeners = Object.hasOwn(response, "on")
      ? EVENTS.map((event) => [
          event,
          (value) => {
            this.hear(event, value);
          },
        ])
      : SHARED;
    for (const [event, listen] of this.listeners) response.on(event, listen);
  }

  get remoteAddress(): string | undefined {
    return this.response.socket?.remoteAddress;
  }

  write(bytes: Uint8Array): void {
    this.put(bytes);
    this.response.flush?.();
  }

  writeMany(pieces: readonly Uint8Array[]): void {
    this.response.cork?.();
    for (const piece of pieces) this.put(piece);
    this.response.uncork?.();
    this.response.flush?.();
  }

  private put(bytes: Uint8Array): void {
    const { response } = this;
    if (response.writableEnded || response.destroyed === true) return;
    try {
      if (response.write(bytes) === false) this.backedUp = true;
      if (this.backedUp && this.listeners !== SHARED) this.held += bytes.length;
    } catch (cause) {
      // the error of a hook: other streams must have their turn
      this.cause = cause;
      response.destroy();
    }
  }

  end(): void {
    if (!this.response.writableEnded) this.response.end();
  }

  destroy(): void {
    this.response.destroy();
  }

  /** Does nothing: a response is not read. */
  pause(): void {}
  /** Does nothing. @see {@link pause} */
  resume(): void {}

  get bufferedBytes(): number {
    return (this.response.writableLength ?? 0) + this.held;
  }

  /** @internal */
  hear(event: string, value: unknown): void {
    if (event === "drain") {
      this.backedUp = false;
      this.held = 0;
      this.listener.onDrain();
    } else if (event === "error") this.cause = value;
    else this.gone();
  }

  /** The response has ended, or will never have its turn. */
  gone(): void {
    this.held = 0;
    for (const [event, listen] of this.listeners) this.response.removeListener(event, listen);
    this.listener.onGone(this.cause);
  }
}

type Listeners = readonly (readonly [event: string, listen: (value: unknown) => void])[];

const EVENTS = ["drain", "error", "close"];

/** One function for each event, shared by all responses of the process. */
const SHARED: Listeners = EVENTS.map((event) => {
  function listen(this: Bound, value: unknown): void {
    this[TRANSPORT]!.hear(event, value);
  }
  return [event, listen as (value: unknown) => void] as const;
});
