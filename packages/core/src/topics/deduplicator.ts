/** The most topics whose origins are stored. Beyond it, the topic longest without a message is dropped. */
const MAX_TOPICS = 65_536;

/**
 * Lets each message of a process through once and in order, per topic: a broker may deliver one
 * twice, as where a topic and a pattern cover it, or again after a reconnection. A late message
 * is dropped and counted, since it is out of order.
 */
export class Deduplicator {
  private readonly own: string;
  private readonly last = new Map<string, Map<string, number>>();
  private readonly most: number;
  /** Messages that were dropped: seen before, or behind a later one. */
  duplicates = 0;
  /** Messages of this process that the broker returned. */
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

  /** Drops a topic without subscribers here. */
  forgetTopic(topic: string): void {
    this.last.delete(topic);
  }

  /** Drops a process that is gone. */
  forgetOrigin(origin: string): void {
    for (const [topic, origins] of this.last) {
      if (origins.delete(origin) && origins.size === 0) this.last.delete(topic);
    }
  }

  /** The number of stored topics. */
  get size(): number {
    return this.last.size;
  }
}
