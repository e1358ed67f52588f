import type { TransportActions } from "../actions.ts";
import type { EventType } from "../lifecycle/interned.ts";
import type { Platform } from "../platform.ts";
import { ProtocolViolation } from "../violation.ts";
import { HELD_MIN, type RoundTrips } from "./round-trips.ts";

/** What keepalive needs of its connection. */
export interface KeepaliveHost {
  readonly actions: TransportActions;
  /** By the application: what arrives is not read. */
  readonly paused: boolean;
  readonly platform: Pick<Platform, "now">;
  /** Bytes of output: made, ever, and of those what has left. */
  readonly pipeline: { readonly made: number; readonly left: number };
  readonly roundTrips: Pick<RoundTrips, "longest"> | undefined;
  ping(bytes: Uint8Array): void;
  fail(violation: ProtocolViolation): void;
  dispatch(event: EventType): void;
}

/** What the system may hold of output that has left: the largest send buffer that Linux gives a socket by itself. */
const SYSTEM_HOLDS = 4_194_304;

/** The time of a pong grows to so many times what was asked. */
const GROWTH_MAX = 4;

/**
 * Pings at an interval and tells when neither a pong nor anything else came in time (RFC 6455 §5.5.2): two timers, and the payload
 * of the ping that is waiting for its answer, a number that counts up as in faye-websocket.
 *
 * A pong cannot come inside a frame (§5.4), so a peer in the middle of a long one cannot answer: whatever arrives shows that it lives,
 * and begins the time of the pong anew. So does much output that waits and that the peer takes: the ping may be behind it. The time is
 * measured in slices no longer than the interval: a peer that falls silent is noticed within an interval and the time of a pong.
 *
 * That time is what was asked, or more where pongs are measured to take longer.
 */
export class Keepalive {
  private readonly host: KeepaliveHost;
  private readonly interval: number;
  private readonly timeout: number;
  private time: number; // of the pong that is waited for
  private silent = 0; // slices of it in which nothing came
  private alive = false; // something came in the one that runs
  private leftThen = 0; // what had left when it began
  private heldThen = 0; // and what had not
  private sent = 0;
  private oldest = 0; // the first ping not yet answered; 0 when none waits
  private end = 0; // where it ends in the output, while it waits behind much; else 0
  private sentAt = 0; // when that began
  private leftAtSent = 0; // and what had left then
  private excused = false; // since then nothing was read for a while

  /** Starts at once. @param interval milliseconds between pings @param timeout milliseconds a pong may take; 0: for ever */
  constructor(host: KeepaliveHost, interval: number, timeout: number) {
    this.host = host;
    this.interval = interval;
    this.timeout = this.time = timeout;
    host.actions.setTimer("ping", interval);
  }

  /**
   * The interval is over. The pong's deadline counts from the first ping that is not yet answered. The timers come
   * first: the ping may be one too many for the output's limit, and then everything stops.
   */
  due(): void {
    const { host } = this;
    const isFirst = this.oldest === 0;
    this.sent++;
    if (isFirst) {
      this.oldest = this.sent;
      this.excused = host.paused;
      if (this.timeout > 0) this.begin(0);
    }
    host.actions.setTimer("ping", this.interval);
    host.ping(digitsOf(this.sent));
    const { made, left } = host.pipeline;
    if (!isFirst || made - left <= HELD_MIN) return;
    this.end = made; // it waits behind much
    this.leftAtSent = left;
    this.sentAt = host.platform.now();
  }

  /** Bytes arrived, whatever they are. */
  heard(): void {
    this.alive = true;
  }

  /**
   * Output has left: with the ping among it, the pong's time begins. What the system holds before it takes as long as the peer's pace tells; but of
   * what has left, the system may have taken so much without the peer.
   */
  moved(): void {
    const { left } = this.host.pipeline;
    if (this.end === 0 || left < this.end) return;
    this.end = 0;
    const taken = Math.max(left - this.leftAtSent - SYSTEM_HOLDS, SYSTEM_HOLDS / 8);
    const took = this.host.platform.now() - this.sentAt;
    if (this.timeout > 0) this.begin((SYSTEM_HOLDS / taken) * took);
  }

  /** Nothing is read for now: a pong that has come is not seen, which is not the peer's fault. */
  excuse(): void {
    this.excused = true;
  }

  /** A slice of the pong's time is over. Where something came in it, or could not be seen all the time, the peer has its time again. */
  overdue(): void {
    const { paused, pipeline } = this.host;
    if (this.oldest === 0) return;
    const takes = this.heldThen > HELD_MIN && pipeline.left > this.leftThen;
    if (this.alive || takes || this.excused || paused) {
      this.excused = paused;
      return this.begin(0);
    }
    if (++this.silent < this.slices) return this.measure();
    this.host.fail(new ProtocolViolation("pong-timeout", this.time));
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

  /** The time of the pong begins. @param more milliseconds, beside what was asked */
  private begin(more: number): void {
    const { timeout, host } = this;
    const time = Math.max(timeout + more, host.roundTrips?.longest ?? 0);
    this.time = Math.min(Math.ceil(time), timeout * GROWTH_MAX);
    this.silent = 0;
    this.measure();
  }

  private measure(): void {
    const { pipeline, actions } = this.host;
    const { made, left } = pipeline;
    this.alive = false;
    this.leftThen = left;
    this.heldThen = made - left;
    actions.setTimer("pong", Math.ceil(this.time / this.slices));
  }

  /** That the time is measured in. */
  private get slices(): number {
    return Math.max(Math.ceil(this.time / this.interval), 1);
  }

  private settle(): void {
    this.oldest = this.end = 0;
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
