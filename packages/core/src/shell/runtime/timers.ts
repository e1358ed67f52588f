import type { Timer } from "../../actions.ts";
import type { Runtime } from "./runtime.ts";

/** A connection's timers by name, made of the runtime's. It holds nothing for timers that do not run. */
export class Timers {
  private readonly runtime: Runtime;
  private readonly fire: (timer: Timer, milliseconds: number) => void;
  private readonly running = new Map<Timer, unknown>();

  constructor(runtime: Runtime, fire: (timer: Timer, milliseconds: number) => void) {
    this.runtime = runtime;
    this.fire = fire;
  }

  set(timer: Timer, milliseconds: number): void {
    this.clear(timer);
    this.running.set(
      timer,
      this.runtime.setTimeout(() => {
        this.running.delete(timer);
        this.fire(timer, milliseconds);
      }, milliseconds),
    );
  }

  /** The runtime's handle of a timer that runs. */
  handle(timer: Timer): unknown {
    return this.running.get(timer);
  }

  /** Stops a timer. Returns how many still run. */
  clear(timer: Timer): number {
    const handle = this.running.get(timer);
    if (handle !== undefined) {
      this.running.delete(timer);
      this.runtime.clearTimeout(handle);
    }
    return this.running.size;
  }
}
