/** Messages that wait for a connection, bounded in bytes. */
export class Outbox<T> {
  private readonly most: number;
  private items: { value: T; size: number }[] = [];
  private bytes = 0;

  /** @param most bytes */
  constructor(most: number) {
    this.most = most;
  }

  /** Bytes of the waiting messages. */
  get size(): number {
    return this.bytes;
  }

  /** Appends a message; false where it exceeds the bound. */
  add(value: T, size: number): boolean {
    if (this.bytes + size > this.most) return false;
    this.items.push({ value, size });
    this.bytes += size;
    return true;
  }

  /** Takes all, oldest first. */
  take(): T[] {
    const taken = this.items.map(({ value }) => value);
    this.items = [];
    this.bytes = 0;
    return taken;
  }
}
