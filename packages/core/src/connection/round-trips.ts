import type { Platform } from "../platform.ts";

/** The times of a ping and its pong, in milliseconds, from the moment the ping has left this process. */
export interface Latency {
  /** Of the last pong. */
  readonly last: number;
  /** Smoothed over the last few, each new one counting for an eighth (RFC 6298 §2). */
  readonly smoothed: number;
}

/** Runtimes that write later hold output up to this size for a moment; behind more, a ping waits for the peer to read. */
export const HELD_MIN = 65_536;

/** The most unanswered pings it keeps: a peer may answer only the last of several (RFC 6455 §5.5.3), or none. */
const PINGS_MAX = 8;

/** Called only where there is a ping to measure. */
type Clock = Pick<Platform, "now">;

interface Ping {
  readonly payload: Uint8Array;
  /** The ping's end in all written bytes. */
  readonly end: number;
  at: number;
  left: boolean;
}

/** Measures round trips of all pings that the peer answers with a pong of the same payload. */
export class RoundTrips {
  /** `undefined` until a pong has come. */
  latency: Latency | undefined = undefined;
  private variation = 0;
  private readonly pings: Ping[] = [];

  /**
   * A ping has been written.
   * @param end the ping's end in all written bytes
   * @param left the number of those that have left
   */
  sent(payload: Uint8Array, end: number, left: number, now: number): void {
    if (this.pings.length === PINGS_MAX) this.pings.shift();
    this.pings.push({ payload: payload.slice(), end, at: now, left: end - left <= HELD_MIN });
  }

  /** `left` of the written bytes have left. */
  moved(left: number, clock: Clock): void {
    for (const ping of this.pings) {
      if (ping.left || ping.end > left) continue;
      ping.left = true;
      ping.at = clock.now();
    }
  }

  /** A pong came. A pong without a ping is ignored. */
  answered(bytes: Uint8Array, start: number, end: number, clock: Clock): void {
    const index = this.pings.findIndex(({ payload }) => isSame(payload, bytes, start, end));
    if (index < 0) return;
    const { at } = this.pings[index]!;
    this.pings.splice(0, index + 1);
    this.measure(Math.max(clock.now() - at, 0));
  }

  /** The longest time that a pong takes by past measurements; 0 until one has come (RFC 6298 §2.3). */
  get longest(): number {
    return this.latency === undefined ? 0 : this.latency.smoothed + 4 * this.variation;
  }

  private measure(last: number): void {
    const { latency } = this;
    if (latency === undefined) {
      this.variation = last / 2;
      this.latency = { last, smoothed: last };
      return;
    }
    this.variation += (Math.abs(latency.smoothed - last) - this.variation) / 4;
    this.latency = { last, smoothed: latency.smoothed + (last - latency.smoothed) / 8 };
  }
}

function isSame(payload: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (payload.length !== end - start) return false;
  return payload.every((octet, index) => octet === bytes[start + index]);
}
