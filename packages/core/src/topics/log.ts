/** The limits of a topic's history. */
export interface LogLimits {
  /** Messages. */
  readonly size: number;
  /** The greatest age of a message. */
  readonly seconds: number;
  /** Bytes of all messages together. */
  readonly bytes: number;
}

interface Entry<T> {
  readonly position: string;
  readonly value: T;
  readonly size: number;
  readonly at: number;
}

/**
 * Keeps the last messages of one topic, each with its position. Positions are names: only the order in which messages were
 * added counts. It has all messages from the oldest kept one to {@link end}, without a gap.
 */
export class TopicLog<T> {
  private readonly limits: LogLimits;
  private entries: Entry<T>[] = [];
  private first = 0; // the oldest kept message; those before it are cut off in bulk
  private size = 0; // bytes
  /** The position before the oldest kept message. */
  private before: string;

  /** @param position the topic's position now */
  constructor(limits: LogLimits, position: string) {
    this.limits = limits;
    this.before = position;
  }

  /** The position of the newest message. */
  get end(): string {
    return this.entries.length > this.first ? this.entries.at(-1)!.position : this.before;
  }

  /** The number of kept messages. */
  get length(): number {
    return this.entries.length - this.first;
  }

  /** Adds the message after {@link end}. @param size in bytes @param now in milliseconds */
  add(position: string, value: T, size: number, now: number): void {
    this.entries.push({ position, value, size, at: now });
    this.size += size;
    this.trim(now);
  }

  /** The messages after `position`, oldest first; `undefined` where not all of them are kept, or the position is not of this log. */
  since(position: string, now: number): T[] | undefined {
    this.trim(now);
    const { entries, first } = this;
    let at = entries.length - 1; // readers that reconnect were here a moment ago: search from the end
    while (at >= first && entries[at]!.position !== position) at--;
    if (at < first && position !== this.before) return undefined;
    return entries.slice(Math.max(at + 1, first)).map(({ value }) => value);
  }

  /** Drops messages that are too old. */
  trim(now: number): void {
    const { size, seconds, bytes } = this.limits;
    const oldest = now - seconds * 1000;
    const { entries } = this;
    while (this.first < entries.length) {
      const entry = entries[this.first]!;
      if (this.length <= size && this.size <= bytes && entry.at >= oldest) break;
      this.size -= entry.size;
      this.before = entry.position;
      this.first++;
    }
    if (this.first > 32 && this.first * 2 > entries.length) {
      this.entries = entries.slice(this.first);
      this.first = 0;
    }
  }
}
