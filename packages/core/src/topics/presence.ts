import type { InterestCounts, PresenceMessage } from "./presence-message.ts";

/** What a {@link Presence} wants done. */
export interface PresenceActions {
  /** Says `message` to all processes. */
  say(message: PresenceMessage): void;
  /** A process has not been heard of for three intervals: its messages need not be remembered. */
  gone(origin: string): void;
}

interface Peer {
  counts: Map<string, number>;
  version: number;
  heardAt: number;
}

/** How many intervals of silence make a process count as dead. One lost report is no death, and two in a row are rare. */
const SILENCE = 3;

/**
 * How many subscribers each topic has over all processes. Every process says at each interval what
 * has changed; one that misses a change asks for all of it. A number is right within one interval of
 * the change, and within {@link SILENCE} of them and one after a process was killed.
 */
export class Presence {
  private readonly actions: PresenceActions;
  private readonly interval: number;
  private readonly own = new Map<string, number>();
  private readonly changed = new Set<string>();
  private readonly peers = new Map<string, Peer>();
  private readonly totals = new Map<string, number>();
  private version = 0;
  private isAskedForAll = false;

  /** @param interval between reports, in milliseconds */
  constructor(interval: number, actions: PresenceActions) {
    this.interval = interval;
    this.actions = actions;
  }

  /** Asks the others for what they have. */
  start(): void {
    this.actions.say({ kind: "ask", of: undefined });
  }

  /** How many subscribers `topic` has here. */
  set(topic: string, count: number): void {
    const before = this.own.get(topic) ?? 0;
    if (count === before) return;
    if (count === 0) this.own.delete(topic);
    else this.own.set(topic, count);
    this.changed.add(topic);
    this.adjust(topic, count - before);
  }

  /** How many there are in all processes, as far as is known here. */
  count(topic: string): number {
    return this.totals.get(topic) ?? 0;
  }

  /** How many other processes are known. */
  get processes(): number {
    return this.peers.size;
  }

  /** To be called at each interval. */
  tick(now: number): void {
    for (const [origin, peer] of this.peers) {
      if (now - peer.heardAt <= SILENCE * this.interval) continue;
      this.drop(origin, peer);
      this.actions.gone(origin);
    }
    const { isAskedForAll } = this;
    const counts: InterestCounts = [...this.changed].map((topic) => [
      topic,
      this.own.get(topic) ?? 0,
    ]);
    // Before anything is said: an answer may come while it is.
    this.isAskedForAll = false;
    this.changed.clear();
    if (isAskedForAll || counts.length > 0) this.version++;
    // Said without a change too: it is the sign of life.
    if (isAskedForAll)
      this.actions.say({ kind: "all", version: this.version, counts: [...this.own] });
    else this.actions.say({ kind: "change", version: this.version, counts });
  }

  /** Says that this process leaves, so that the others need not wait. */
  stop(): void {
    this.actions.say({ kind: "leave" });
  }

  receive(origin: string, message: PresenceMessage, now: number, self: string): void {
    if (message.kind === "ask") {
      if (message.of === undefined || message.of === self) this.isAskedForAll = true;
      return;
    }
    const known = this.peers.get(origin);
    if (message.kind === "leave") {
      if (known !== undefined) this.drop(origin, known);
      this.actions.gone(origin);
      return;
    }
    const peer = known ?? { counts: new Map<string, number>(), version: -1, heardAt: now };
    this.peers.set(origin, peer);
    peer.heardAt = now;
    if (message.kind === "all") this.replace(peer, message.counts, message.version);
    else this.change(origin, peer, message.counts, message.version);
  }

  private replace(peer: Peer, counts: InterestCounts, version: number): void {
    for (const [topic, count] of peer.counts) this.adjust(topic, -count);
    peer.counts = new Map(counts);
    peer.version = version;
    for (const [topic, count] of peer.counts) this.adjust(topic, count);
  }

  private change(origin: string, peer: Peer, counts: InterestCounts, version: number): void {
    const expected = counts.length > 0 ? peer.version + 1 : peer.version;
    if (version < expected) return; // of before what is known
    if (version > expected) {
      this.actions.say({ kind: "ask", of: origin });
      return;
    }
    peer.version = version;
    for (const [topic, count] of counts) {
      this.adjust(topic, count - (peer.counts.get(topic) ?? 0));
      if (count === 0) peer.counts.delete(topic);
      else peer.counts.set(topic, count);
    }
  }

  private drop(origin: string, peer: Peer): void {
    this.peers.delete(origin);
    for (const [topic, count] of peer.counts) this.adjust(topic, -count);
  }

  private adjust(topic: string, by: number): void {
    const total = (this.totals.get(topic) ?? 0) + by;
    if (total === 0) this.totals.delete(topic);
    else this.totals.set(topic, total);
  }
}
