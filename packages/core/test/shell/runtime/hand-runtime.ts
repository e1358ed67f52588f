import type { Runtime } from "../../../src/shell/runtime/runtime.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";

/** A runtime whose clock is wound by hand, and whose microtasks wait until they are run. */
export class HandRuntime implements Runtime {
  readonly platform = { ...createTestPlatform(), now: () => this.time };
  readonly reported: unknown[] = [];
  private readonly timers = new Set<{ callback: () => void; at: number }>();
  private readonly tasks: (() => void)[] = [];
  private time = 0;

  setTimeout(callback: () => void, milliseconds: number): unknown {
    const timer = { callback, at: this.time + milliseconds };
    this.timers.add(timer);
    return timer;
  }

  clearTimeout(handle: unknown): void {
    this.timers.delete(handle as { callback: () => void; at: number });
  }

  queueMicrotask(callback: () => void): void {
    this.tasks.push(callback);
  }

  nextTick(callback: () => void): void {
    this.tasks.push(callback);
  }

  reportError(error: unknown): void {
    this.reported.push(error);
  }

  /** When the running timers are due, in milliseconds from now. */
  get running(): number[] {
    return [...this.timers].map(({ at }) => at - this.time).sort((a, b) => a - b);
  }

  /** How many microtasks wait. */
  get waiting(): number {
    return this.tasks.length;
  }

  /** Ends the turn. */
  runMicrotasks(): void {
    for (const task of this.tasks.splice(0)) task();
  }

  wind(milliseconds: number): void {
    const until = this.time + milliseconds;
    for (;;) {
      const next = [...this.timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.time = next.at;
      this.timers.delete(next);
      next.callback();
    }
    this.time = until;
  }
}
