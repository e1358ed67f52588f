import type { TransportActions } from "../actions.ts";
import type { EventType } from "../lifecycle/interned.ts";
import type { Platform } from "../platform.ts";
import { ProtocolViolation } from "../violation.ts";
import { HELD_MIN, type RoundTrips } from "./round-trips.ts";

/** The connection, as keepalive uses it. */
export interface KeepaliveHost {
  readonly actions: TransportActions;
  /** Whether the application has paused reading. */
  readonly paused: boolean;
  readonly platform: Pick<Platform, "now">;
  /** Bytes of output since the connection began: made, and of those, left. */
  readonly pipeline: { readonly made: number; readonly left: number };
  readonly roundTrips: Pick<RoundTrips, "longest"> | undefined;
  ping(bytes: Uint8Array): void;
  fail(violation: ProtocolViolation): void;
  dispatch(event: EventType): void;
}

/** Bytes of output that the system may hold after they have left: the largest send buffer that Linux gives a socket by itself. */
const SYSTEM_HOLDS = 4_194_304;

/** The time for a pong grows to at most this many times the option's value. */
const GROWTH_MAX = 4;

/**
 * Pings at an interval, and reports when neither a pong nor other bytes came in time (RFC 6455 §5.5.2).
 * It holds two timers and the payload of the unanswered ping, a number that counts up as in faye-websocket.
 *
 * A pong cannot come inside a frame (§5.4), so a peer in the middle of a long frame cannot answer: any arriving bytes show that it lives,
 * and restart the time for the pong. So does a peer that takes much waiting output: the ping may be behind it. Keepalive measures the
 * time in slices no longer than the interval, so it notices a silent peer within an interval plus the time for a pong.
 *
 * That time is the option's value, or more where measured pongs take longer.
 */
export class Keepalive {
  private readonly host: KeepaliveHost;
  private readonly interval: number;
  private readonly timeout: number;
  private time: number; // of the awaited pong
  private silent = 0; // slices of its time in which nothing came
  private alive = false; // whether bytes came in the current slice
  private leftThen = 0; // bytes that had left when the slice began
  private heldThen = 0; // and bytes that had not
  private sent = 0;
  private oldest = 0; // the first ping not yet answered; 0 when none waits
  private end = 0; // the ping's end in the output, while it waits behind much; else 0
  private sentAt = 0; // the time at which that wait began
  private leftAtSent = 0; // and the bytes that had left by then
  private excused = false; // whether reading was paused since then

  /** Starts at once.
   * @param interval milliseconds between pings @param timeout milliseconds a pong may take; 0: for ever */
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
    this.end = made; // the ping waits behind much output
    this.leftAtSent = left;
    this.sentAt = host.platform.now();
  }

  /** Any bytes arrived. */
  heard(): void {
    this.alive = true;
  }

  /**
   * Output has left: once the ping is among it, the time for the pong begins. Output in the system before the ping takes as long as the peer's
   * pace suggests; but the system may have taken some of the output without the peer.
   */
  moved(): void {
    const { left } = this.host.pipeline;
    if (this.end === 0 || left < this.end) return;
    this.end = 0;
    const taken = Math.max(left - this.leftAtSent - SYSTEM_HOLDS, SYSTEM_HOLDS / 8);
    const took = this.host.platform.now() - this.sentAt;
    if (this.timeout > 0) this.begin((SYSTEM_HOLDS / taken) * took);
  }

  /** The application pauses reading: a pong may arrive unread, through no fault of the peer. */
  excuse(): void {
    this.excused = true;
  }

  /** A slice of the pong's time is over. Where bytes came in it, or reading was paused, the time starts again. */
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

  /** Clears the timers. Returns `undefined`, for the connection's field. */
  stop(): undefined {
    this.host.actions.clearTimer("ping");
    if (this.oldest !== 0) this.settle();
  }

  /** Starts the time for the pong.
   * @param more milliseconds in addition to the option's value */
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

  /** The length of a slice, in milliseconds. */
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

/** The bytes of `"42"` → `42`; −1 for other bytes. */
function numberOf(bytes: Uint8Array, start: number, end: number): number {
  let count = end > start ? 0 : -1;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return -1;
    count = count * 10 + digit;
  }
  return count;
}
