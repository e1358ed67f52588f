import { UsageError } from "../../violation.ts";

/** Keeps the last events of a channel, for clients that reconnect with a `Last-Event-ID`. A ring: adding costs the same at any size. */
export class EventHistory {
  readonly size: number;
  private readonly ids: string[] = [];
  private readonly blocks: Uint8Array[] = [];
  private next = 0; // the index of the next event: that of the oldest, once the ring is full

  /** @param size how many events to keep @throws {UsageError} for a value that is no whole number from 1. */
  constructor(size: number) {
    if (!Number.isSafeInteger(size) || size < 1)
      throw new UsageError(`size: expected a whole number of events from 1, got ${String(size)}`);
    this.size = size;
  }

  /** Keeps an encoded event in place of the oldest. */
  add(id: string, block: Uint8Array): void {
    this.ids[this.next] = id;
    this.blocks[this.next] = block;
    this.next = (this.next + 1) % this.size;
  }

  /** The events after the latest one with this id, oldest first; `undefined` if the id is not among those kept. */
  since(id: string): Uint8Array[] | undefined {
    const { ids, next } = this;
    const count = ids.length;
    const first = count < this.size ? 0 : next;
    for (let after = 0; after < count; after++) {
      if (ids[(first + count - 1 - after) % count] === id) return this.last(after);
    }
    return undefined;
  }

  /** Returns all kept events, oldest first. */
  all(): Uint8Array[] {
    return this.last(this.ids.length);
  }

  private last(wanted: number): Uint8Array[] {
    const { blocks } = this;
    const count = blocks.length;
    const first = count < this.size ? 0 : this.next;
    return Array.from(
      { length: wanted },
      (_, at) => blocks[(first + count - wanted + at) % count]!,
    );
  }
}
