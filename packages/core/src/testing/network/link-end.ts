import { Queue } from "../../connection/buffer/queue.ts";
import type { Connector } from "../../shell/transport/connector.ts";
import { NOT_WRITABLE, SentMarks } from "../../shell/transport/sent-marks.ts";
import type { Sent, Transport, TransportListener } from "../../shell/transport/transport.ts";
import type { Clock } from "./clock.ts";
import type { Way } from "./options.ts";

/** As much as Node's streams hold before they ask writers to wait. */
const HIGH_WATER_MARK = 16_384;
/** The size of a piece where bytes take time to leave: the payload of TCP over Ethernet. */
const SEGMENT = 1460;

/** An error as the system's are. */
export const systemError = (code: string, words: string): Error =>
  Object.assign(new Error(`${words} ${code}`), { code });

/** The parts of an end. */
interface LinkEndInit {
  readonly clock: Clock;
  /** How it goes from here to the other end. */
  readonly way: () => Way;
  readonly isSilent: () => boolean;
  readonly onSent: (size: number) => void;
  readonly onGone: () => void;
}

/** Something under way: bytes, or the sender's end. */
interface Parcel {
  readonly bytes: Uint8Array | undefined;
  /** When it comes. */
  at: number;
}

/** One end of a {@link Link}: a transport that carries bytes to the other end, as a socket and its kernel would. */
export class LinkEnd implements Connector, Transport {
  readonly remoteAddress = "127.0.0.1";
  bufferedBytes = 0;
  destroyed = false;
  /** Called once it is gone. */
  onLeft: () => void = () => {};
  private readonly init: LinkEndInit;
  private other!: LinkEnd;
  private listener: TransportListener | undefined = undefined;
  private isConnected = false;
  // Sending.
  private readonly outbox = new Queue<Uint8Array>();
  private readonly underWay = new Queue<Parcel>();
  private readonly marks = new SentMarks();
  private taken = 0; // bytes that have left since the beginning
  private outboxAt = 0; // where the first piece of it goes on
  private readonly acknowledgements = new Queue<{ readonly at: number; readonly size: number }>();
  private isWaiting = false; // an event is there that sends on
  private lastAt = 0; // when the last parcel comes: none overtakes another
  private unread = 0; // of them, what the other end has not read, as far as it is known here
  private freeAt = 0; // when the next may leave
  private wasBackedUp = false;
  private isEnding = false;
  private hasEnded = false;
  // Receiving.
  private readonly inbox = new Queue<Uint8Array | undefined>();
  private isPaused = false;
  private isReading = false; // an event is there that delivers
  private peerHasEnded = false;

  constructor(init: LinkEndInit) {
    this.init = init;
  }

  /** Makes this and `other` ends of one link. */
  join(other: LinkEnd): void {
    this.other = other;
    other.other = this;
  }

  bind(listener: TransportListener): Transport {
    this.listener = listener;
    this.read();
    return this;
  }

  /** From now on it carries bytes. */
  connected(): void {
    this.isConnected = true;
    this.roomCame();
  }

  // Transport.

  get backedUp(): boolean {
    return this.bufferedBytes >= HIGH_WATER_MARK;
  }

  write(bytes: Uint8Array, sent?: Sent): void {
    if (this.destroyed || this.isEnding) return refuse(sent);
    this.bufferedBytes += bytes.length;
    this.outbox.push(bytes);
    if (sent !== undefined) this.marks.add(this.taken + this.bufferedBytes, sent);
    this.pump();
    if (this.backedUp) this.wasBackedUp = true;
    queueMicrotask(() => {
      this.marks.reached(this.taken);
    });
  }

  writeMany(pieces: readonly Uint8Array[], sent?: Sent): void {
    const last = pieces.length - 1;
    pieces.forEach((piece, at) => {
      this.write(piece, at === last ? sent : undefined);
    });
  }

  end(): void {
    if (this.isEnding || this.destroyed) return;
    this.isEnding = true;
    this.resume(); // later bytes are dropped: left unread, they would hide the peer's end
    this.pump();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.leave(undefined, queueMicrotask);
    if (!this.hasEnded && this.isConnected) this.send(undefined, 0);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.read();
  }

  // Events of the link.

  /** The connection fails, or is lost: the listener gets `cause` in a later callback. */
  fail(cause: unknown): void {
    if (this.destroyed) return;
    this.leave(cause, (tell) => {
      this.init.clock.carry(tell, 0);
    });
  }

  lose(): void {
    this.underWay.clear();
    this.fail(systemError("ECONNRESET", "read"));
  }

  /** Delivers the waiting bytes as if they had been sent now. */
  mend(): void {
    const { clock, way } = this.init;
    const { length: waiting } = this.underWay;
    for (let at = 0; at < waiting; at++) {
      const parcel = this.underWay.shift()!;
      this.lastAt = parcel.at = Math.max(parcel.at, clock.now + way().latency);
      this.post(parcel);
    }
    this.pump();
  }

  private leave(cause: unknown, soon: (tell: () => void) => unknown): void {
    this.destroyed = true;
    this.outbox.clear();
    this.inbox.clear();
    this.bufferedBytes = 0;
    soon(() => {
      this.marks.fail(cause);
      this.listener?.onGone(cause);
      this.init.onGone();
      this.onLeft();
    });
  }

  /** Sends what the window has room for. */
  private pump(): void {
    if (!this.isConnected || this.destroyed) return;
    this.unread -= this.acknowledged();
    for (let next = this.outbox.first; next !== undefined; next = this.outbox.first) {
      const { window, bytesPerSecond } = this.init.way();
      const most = bytesPerSecond === Infinity ? window : SEGMENT;
      const size = Math.min(window - this.unread, most, next.length - this.outboxAt);
      if (size <= 0) return this.waitForRoom();
      this.send(next.slice(this.outboxAt, this.outboxAt + size), (size / bytesPerSecond) * 1000);
      this.left(size);
      if (this.outboxAt === next.length) {
        this.outbox.shift();
        this.outboxAt = 0;
      }
    }
    if (!this.isEnding || this.hasEnded) return;
    this.hasEnded = true;
    this.send(undefined, 0);
    if (this.peerHasEnded) this.fail(undefined);
  }

  private left(size: number): void {
    this.outboxAt += size;
    this.bufferedBytes -= size;
    this.taken += size;
    this.unread += size;
    this.init.onSent(size);
  }

  /** How much of what was read is known here by now. */
  private acknowledged(): number {
    let size = 0;
    for (
      let read = this.acknowledgements.first;
      read !== undefined && read.at <= this.init.clock.now;
      read = this.acknowledgements.first
    ) {
      size += read.size;
      this.acknowledgements.shift();
    }
    return size;
  }

  /** The other end has read so much: that is known here a latency later. */
  private wasRead(size: number): void {
    this.acknowledgements.push({ at: this.init.clock.now + this.other.init.way().latency, size });
    if (this.outbox.length > 0) this.waitForRoom();
  }

  private waitForRoom(): void {
    const read = this.acknowledgements.first;
    if (read === undefined || this.isWaiting) return;
    this.isWaiting = true;
    this.init.clock.carry(() => {
      this.isWaiting = false;
      this.roomCame();
    }, read.at - this.init.clock.now);
  }

  private roomCame(): void {
    const before = this.bufferedBytes;
    this.pump();
    if (this.destroyed || this.bufferedBytes === before) return;
    this.marks.reached(this.taken);
    if (this.bufferedBytes > 0 || !this.wasBackedUp) return this.listener?.onProgress?.();
    this.wasBackedUp = false;
    this.listener?.onDrain();
  }

  private send(bytes: Uint8Array | undefined, duration: number): void {
    const { clock, way } = this.init;
    this.freeAt = Math.max(this.freeAt, clock.now) + duration;
    this.lastAt = Math.max(this.lastAt, this.freeAt + way().latency);
    this.post({ bytes, at: this.lastAt });
  }

  private post(parcel: Parcel): void {
    const { clock } = this.init;
    this.underWay.push(parcel);
    clock.carry(() => {
      this.arrive();
    }, parcel.at - clock.now);
  }

  /** The next parcel has come to the other end, unless the line is silent. */
  private arrive(): void {
    if (this.init.isSilent()) return;
    const parcel = this.underWay.first;
    if (parcel === undefined || parcel.at > this.init.clock.now) return; // it was lost, or waits anew
    this.underWay.shift();
    this.other.receive(parcel.bytes);
  }

  private receive(bytes: Uint8Array | undefined): void {
    if (this.destroyed) {
      // The end is gone, and a peer that still sends gets a reset.
      if (bytes === undefined) return;
      const { clock, way } = this.init;
      clock.carry(() => {
        this.other.fail(systemError("ECONNRESET", "read"));
      }, way().latency);
      return;
    }
    this.inbox.push(bytes);
    if (!this.isReading) this.deliver();
  }

  /** Has what waits delivered: never from inside a method of a transport. */
  private read(): void {
    if (this.isReading || this.inbox.length === 0) return;
    this.isReading = true;
    this.init.clock.carry(() => {
      this.isReading = false;
      this.deliver();
    }, 0);
  }

  private hearEnd(): void {
    this.peerHasEnded = true;
    this.listener?.onEnd();
    if (this.hasEnded) this.fail(undefined);
  }

  private deliver(): void {
    while (this.inbox.length > 0 && !this.isPaused && this.listener !== undefined) {
      const bytes = this.inbox.shift();
      if (bytes === undefined) return this.hearEnd();
      this.other.wasRead(bytes.length);
      this.listener.onData(bytes);
    }
  }
}

/** Tells, a little later, that what was written never leaves. */
function refuse(sent: Sent | undefined): void {
  if (sent === undefined) return;
  queueMicrotask(() => {
    sent(new Error(NOT_WRITABLE));
  });
}
