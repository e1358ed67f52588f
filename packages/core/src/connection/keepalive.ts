import type { TransportActions } from "../actions.ts";
import type { EventType } from "../lifecycle/interned.ts";
import { ProtocolViolation } from "../violation.ts";

/** What keepalive needs of its connection. */
export interface KeepaliveHost {
  readonly actions: TransportActions;
  /** By the application: what arrives is not read. */
  readonly paused: boolean;
  ping(bytes: Uint8Array): void;
  fail(violation: ProtocolViolation): void;
  dispatch(event: EventType): void;
}

/**
 * Pings at an interval and tells when neither a pong nor anything else came in time (RFC 6455 §5.5.2): two timers, and the payload
 * of the ping that is waiting for its answer, a number that counts up as in faye-websocket.
 *
 * A pong cannot come inside a frame (§5.4), so a peer in the middle of a long one cannot answer: whatever arrives shows that it lives,
 * and begins the time of the pong anew. There is no clock here, so that time is measured in slices no longer than the interval: a peer
 * that falls silent is noticed within an interval and the time of a pong.
 */
export class Keepalive {
  private readonly host: KeepaliveHost;
  private readonly interval: number;
  private readonly timeout: number;
  private readonly slices: number; // that the timeout is measured in
  private silent = 0; // of them, those in which nothing came
  private alive = false; // something came in the one that runs
  private sent = 0;
  private oldest = 0; // the first ping not yet answered; 0 when none waits
  private excused = false; // since then nothing was read for a while

  /** Starts at once. @param interval milliseconds between pings @param timeout milliseconds a pong may take; 0: for ever */
  constructor(host: KeepaliveHost, interval: number, timeout: number) {
    this.host = host;
    this.interval = interval;
    this.timeout = timeout;
    this.slices = Math.max(Math.ceil(timeout / interval), 1);
    host.actions.setTimer("ping", interval);
  }

  /**
   * The interval is over. The pong's deadline counts from the first ping that is not yet answered. The timers come
   * first: the ping may be one too many for the output's limit, and then everything stops.
   */
  due(): void {
    const { actions } = this.host;
    this.sent++;
    if (this.oldest === 0) {
      this.oldest = this.sent;
      this.excused = this.host.paused;
      if (this.timeout > 0) this.begin();
    }
    actions.setTimer("ping", this.interval);
    this.host.ping(digitsOf(this.sent));
  }

  /** Bytes arrived, whatever they are. */
  heard(): void {
    this.alive = true;
  }

  /** Nothing is read for now: a pong that has come is not seen, which is not the peer's fault. */
  excuse(): void {
    this.excused = true;
  }

  /** A slice of the pong's time is over. Where something came in it, or could not be seen all the time, the peer has its time again. */
  overdue(): void {
    const { paused } = this.host;
    if (this.oldest === 0) return;
    if (this.alive || this.excused || paused) {
      this.excused = paused;
      return this.begin();
    }
    if (++this.silent < this.slices) return this.measure();
    this.host.fail(new ProtocolViolation("pong-timeout", this.timeout));
    this.host.dispatch("pong.overdue");
  }

  /** A pong arrived: one that answers a ping still waiting, or a later one, shows that the peer lives. */
  answered(bytes: Uint8Array, start: number, end: number): void {
    const count = numberOf(bytes, start, end);
    if (this.oldest === 0 || count < this.oldest || count > this.sent) return;
    this.settle();
  }

  /** Clears its timers. Returns `undefined`, what its connection then has of it. */
  stop(): undefined {
    this.host.actions.clearTimer("ping");
    if (this.oldest !== 0) this.settle();
  }

  /** The time of the pong begins. */
  private begin(): void {
    this.silent = 0;
    this.measure();
  }

  private measure(): void {
    this.alive = false;
    this.host.actions.setTimer("pong", Math.ceil(this.timeout / this.slices));
  }

  private settle(): void {
    this.oldest = 0;
    if (this.timeout > 0) this.host.actions.clearTimer("pong");
  }
}

/** `42` → the bytes of `"42"`. */
function digitsOf(count: number): Uint8Array {
  const text = String(count);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The bytes of `"42"` → `42`; −1 for what is no number. */
function numberOf(bytes: Uint8Array, start: number, end: number): number {
  let count = end > start ? 0 : -1;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return -1;
    count = count * 10 + digit;
  }
  return count;
}
