import type { InterestCounts, PresenceMessage } from "./presence-message.ts";

/** The effects of a {@link Presence}. */
export interface PresenceActions {
  /** Sends `message` to all processes. */
  say(message: PresenceMessage): void;
  /** A process has left, or has been silent for too long: drop the record of its messages. */
  gone(origin: string): void;
}

interface Peer {
  counts: Map<string, number>;
  version: number;
  /** Intervals of this process without a report of that one. */
  silent: number;
}

/** The intervals without a report after which a process counts as dead. One lost report is no death, and two in a row are rare. */
const SILENCE = 4;

/** The intervals after which its counts are dropped. One that was only slow comes back before: they hold from its first report on. */
const FORGOTTEN = 32;

const isAlive = ({ silent }: Peer): boolean => silent < SILENCE;

/**
 * Counts the subscribers of each topic over all processes. Every process reports its changes at each
 * interval; one that misses a change requests all counts. A number is right within one interval of
 * the change, and within {@link SILENCE} of them after a process was killed.
 *
 * Silence is counted in own intervals, not by a clock. A process that stood still, or whose clock was
 * set, finds its timer due before it has read the reports that waited for it: by the clock, it would take all others for dead.
 */
export class Presence {
  private readonly actions: PresenceActions;
  private readonly own = new Map<string, number>();
  private readonly changed = new Set<string>();
  private readonly peers = new Map<string, Peer>();
  private readonly totals = new Map<string, number>();
  private version = 0;
  private isAskedForAll = false;

  constructor(actions: PresenceActions) {
    this.actions = actions;
  }

  /** Requests the counts of the other processes. */
  start(): void {
    this.actions.say({ kind: "ask", of: undefined });
  }

  /** Sets the number of subscribers that `topic` has here. */
  set(topic: string, count: number): void {
    const before = this.own.get(topic) ?? 0;
    if (count === before) return;
    if (count === 0) this.own.delete(topic);
    else this.own.set(topic, count);
    this.changed.add(topic);
    this.adjust(topic, count - before);
  }

  /** Returns the number in all processes, as far as known here. */
  count(topic: string): number {
    return this.totals.get(topic) ?? 0;
  }

  /** The number of other living processes. */
  get processes(): number {
    return [...this.peers.values()].filter(isAlive).length;
  }

  /** Reports changes and drops silent processes. Call it at each interval, and once after several. */
  tick(): void {
    for (const [origin, peer] of this.peers) {
      if (++peer.silent === FORGOTTEN) this.peers.delete(origin);
      if (peer.silent !== SILENCE) continue;
      this.addAll(peer, -1);
      this.actions.gone(origin);
    }
    const { isAskedForAll } = this;
    const counts: InterestCounts = [...this.changed].map((topic) => [
      topic,
      this.own.get(topic) ?? 0,
    ]);
    // Before any message: an answer may come during it.
    this.isAskedForAll = false;
    this.changed.clear();
    if (isAskedForAll || counts.length > 0) this.version++;
    // Sent without a change too: it is the sign of life.
    if (isAskedForAll)
      this.actions.say({ kind: "all", version: this.version, counts: [...this.own] });
    else this.actions.say({ kind: "change", version: this.version, counts });
  }

  /** Reports that this process leaves, so that the others need not wait. */
  stop(): void {
    this.actions.say({ kind: "leave" });
  }

  receive(origin: string, message: PresenceMessage, self: string): void {
    if (message.kind === "ask") {
      if (message.of === undefined || message.of === self) this.isAskedForAll = true;
      return;
    }
    const known = this.peers.get(origin);
    if (message.kind === "leave") {
      if (known !== undefined && isAlive(known)) this.addAll(known, -1);
      this.peers.delete(origin);
      this.actions.gone(origin);
      return;
    }
    const peer = known ?? { counts: new Map<string, number>(), version: -1, silent: 0 };
    this.peers.set(origin, peer);
    if (!isAlive(peer)) this.addAll(peer, 1);
    peer.silent = 0;
    if (message.kind === "all") this.replace(peer, message.counts, message.version);
    else this.change(origin, peer, message.counts, message.version);
  }

  private replace(peer: Peer, counts: InterestCounts, version: number): void {
    this.addAll(peer, -1);
    peer.counts = new Map(counts);
    peer.version = version;
    this.addAll(peer, 1);
  }

  private change(origin: string, peer: Peer, counts: InterestCounts, version: number): void {
    const expected = counts.length > 0 ? peer.version + 1 : peer.version;
    if (version < expected) return; // older than the known version
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

  /** Adds the counts of a process to the totals, or takes them out. */
  private addAll(peer: Peer, sign: 1 | -1): void {
    for (const [topic, count] of peer.counts) this.adjust(topic, sign * count);
  }

  private adjust(topic: string, by: number): void {
    const total = (this.totals.get(topic) ?? 0) + by;
    if (total === 0) this.totals.delete(topic);
    else this.totals.set(topic, total);
  }
}
