/** So many places may be empty before the rest is moved to the front. */
const EMPTY_MAX = 1024;

/** First in, first out, at a constant cost: `Array.shift` moves all that is behind, which in an array of 200 000 takes seconds for all of them. */
export class Queue<T> {
  private items: (T | undefined)[] = [];
  private head = 0; // before it, places are empty

  get length(): number {
    return this.items.length - this.head;
  }

  /** What {@link shift} would give. */
  get first(): T | undefined {
    return this.items[this.head];
  }

  push(item: T): void {
    this.items.push(item);
  }

  shift(): T | undefined {
    const { items, head } = this;
    const item = items[head];
    if (head === items.length) return undefined;
    items[head] = undefined; // what was taken may be large
    if (++this.head === items.length) this.clear();
    else if (this.head >= EMPTY_MAX && this.head * 2 >= items.length) {
      this.items = items.slice(this.head);
      this.head = 0;
    }
    return item;
  }

  clear(): void {
    this.items = [];
    this.head = 0;
  }
}
