/** Chance that can be had again: the same seed gives the same numbers on every runtime. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** From 0 up to, and not, 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** A whole number below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.below(256));
  }

  /** Mostly small, at times at a boundary of lengths, seldom large. */
  size(): number {
    const kind = this.below(20);
    if (kind < 14) return this.below(20);
    return kind < 19
      ? this.pick([0, 1, 124, 125, 126, 127, 128, 300, 1000])
      : this.pick([4095, 4096, 4097, 6000, 8192, 8193, 16_385]);
  }
}
