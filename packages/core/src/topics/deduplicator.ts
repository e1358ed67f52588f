/** How many topics' origins are remembered. Beyond, the ones longest without a message are forgotten. */
const MAX_TOPICS = 65_536;

/**
 * Lets each message of a process through once and in order, per topic: a broker may deliver one
 * twice, as where a topic and a pattern cover it, or again after a reconnection. What comes late
 * is dropped and counted, since in order it can no longer be.
 */
export class Deduplicator {
  private readonly own: string;
  private readonly last = new Map<string, Map<string, number>>();
  private readonly most: number;
  /** Messages that were dropped: seen before, or behind a later one. */
  duplicates = 0;
  /** Messages of this process that came back. */
  echoes = 0;

  constructor(own: string, most = MAX_TOPICS) {
    this.own = own;
    this.most = most;
  }

  /** Whether the message is new. */
  admit(topic: string, origin: string, sequence: number): boolean {
    if (origin === this.own) {
      this.echoes++;
      return false;
    }
    let origins = this.last.get(topic);
    const before = origins?.get(origin);
    if (before !== undefined && sequence <= before) {
      this.duplicates++;
      return false;
    }
    if (origins === undefined) {
      if (this.last.size >= this.most) this.last.delete(this.last.keys().next().value!);
      this.last.set(topic, (origins = new Map()));
    }
    origins.set(origin, sequence);
    return true;
  }

  /** Forgets a topic that nobody here listens to any more. */
  forgetTopic(topic: string): void {
    this.last.delete(topic);
  }

  /** Forgets a process that is gone. */
  forgetOrigin(origin: string): void {
    for (const [topic, origins] of this.last) {
      if (origins.delete(origin) && origins.size === 0) this.last.delete(topic);
    }
  }

  /** How many topics are remembered. */
  get size(): number {
    return this.last.size;
  }
}
