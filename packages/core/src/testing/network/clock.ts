import { UsageError } from "../../violation.ts";

/** Taken when this file is loaded: a runner's fake timers may replace the global one. */
const immediate: (callback: () => void) => unknown = setImmediate;

const MOST_EVENTS = 1_000_000;

/** A due callback. `isTraffic` marks those of a link, in place of timers. */
interface Entry {
  readonly at: number;
  readonly isTraffic: boolean;
  readonly callback: () => void;
  isOver: boolean;
}

/**
 * A clock that the test advances. Callbacks run in the order in which they are due, and with the same time in the order in which they were set. After each of them
 * all pending promises run, before the next one.
 */
export class Clock {
  private time = 0;
  private readonly due: Entry[] = []; // the latest first, so that the next one is taken from the end
  private traffic = 0; // how many of them a link carries
  private later = 0; // how many callbacks wait for promises
  private isRunning = false;
  private readonly failures: unknown[] = [];
  private readonly mostEvents: number;

  /** @param limits `mostEvents`: the most callbacks in one call; more count as two sides that answer each other for ever */
  constructor({ mostEvents = MOST_EVENTS }: { readonly mostEvents?: number } = {}) {
    this.mostEvents = mostEvents;
  }

  /** Milliseconds since the network was made. */
  get now(): number {
    return this.time;
  }

  /** Calls back once `milliseconds` have passed here. For timers of the application under test, too. @returns the argument of {@link clearTimeout} */
  readonly setTimeout = (callback: () => void, milliseconds = 0): unknown =>
    this.add(callback, milliseconds, false);

  /** Clears a timer. Any other value is ignored. */
  readonly clearTimeout = (handle: unknown): void => {
    const at = this.due.indexOf(handle as Entry);
    if (at < 0) return;
    this.due.splice(at, 1);
    this.forget(handle as Entry);
  };

  /** @internal The same for the traffic of a link. */
  carry(callback: () => void, milliseconds: number): unknown {
    return this.add(callback, milliseconds, true);
  }

  /** @internal Calls back after all pending promises have run. */
  readonly afterPromises = (callback: () => void): void => {
    this.later++;
    immediate(() => {
      this.later--;
      callback();
    });
  };

  /** @internal Keeps the error of a listener, for the caller that advances the clock. */
  readonly fail = (error: unknown): void => {
    this.failures.push(error);
  };

  /**
   * Lets `milliseconds` pass, from 0.
   * @returns rejects with the error that a listener of the application has thrown
   */
  async advance(milliseconds: number): Promise<void> {
    if (!(milliseconds >= 0 && Number.isFinite(milliseconds)))
      throw new UsageError(`advance: expected milliseconds from 0, got ${String(milliseconds)}`);
    const until = this.time + milliseconds;
    await this.run("advance", () => (this.due.at(-1)?.at ?? Infinity) <= until);
    this.time = until;
  }

  /**
   * Lets time pass until no link carries any bytes: all bytes sent have come, or wait for a paused receiver. Timers that are due meanwhile fire; those that
   * are due later, such as the next ping, do not.
   * @returns rejects with the error that a listener of the application has thrown
   */
  async settle(): Promise<void> {
    await this.run("settle", () => this.traffic > 0);
  }

  /**
   * Lets time pass until `promise` is settled, and returns its value.
   * @returns rejects as `promise` does, and with a `UsageError` where no callback is left to settle it
   */
  async until<T>(promise: PromiseLike<T>): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.run(
      "until",
      () => !isSettled && this.due.length > 0,
      () => isSettled,
    );
    if (!isSettled)
      throw new UsageError(
        `until: nothing is left to happen after ${this.time} ms, and the promise is still pending`,
      );
    return await promise;
  }

  private async run(
    method: string,
    goesOn: () => boolean,
    isDone: () => boolean = () => false,
  ): Promise<void> {
    if (this.isRunning)
      throw new UsageError(`${method}: time passes already; await the call before this one`);
    this.isRunning = true;
    try {
      await this.turn();
      for (let left = this.mostEvents; !isDone() && goesOn(); left--) {
        if (left === 0)
          throw new UsageError(
            `${method}: ${this.mostEvents} events, and no end at ${this.time} ms: do two sides answer each other for ever?`,
          );
        const entry = this.due.pop()!;
        this.forget(entry);
        this.time = Math.max(this.time, entry.at);
        entry.callback();
        await this.turn();
      }
    } finally {
      this.isRunning = false;
    }
    this.tellFailures();
  }

  private tellFailures(): void {
    const failures = this.failures.splice(0);
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1)
      throw new AggregateError(failures, `${failures.length} listeners have thrown`);
  }

  /** Runs all pending promises. */
  private async turn(): Promise<void> {
    do await new Promise<void>((resolve) => immediate(resolve));
    while (this.later > 0);
  }

  private add(callback: () => void, milliseconds: number, isTraffic: boolean): Entry {
    const at = this.time + Math.max(0, milliseconds);
    const entry: Entry = { at, isTraffic, callback, isOver: false };
    let low = 0;
    let high = this.due.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.due[middle]!.at > at) low = middle + 1;
      else high = middle;
    }
    this.due.splice(low, 0, entry);
    if (isTraffic) this.traffic++;
    return entry;
  }

  private forget(entry: Entry): void {
    if (entry.isOver) return;
    entry.isOver = true;
    if (entry.isTraffic) this.traffic--;
  }
}
