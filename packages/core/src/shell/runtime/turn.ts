import type { Runtime } from "./runtime.ts";

/** An object that holds output back until the turn ends. */
export interface Corked {
  endTurn(): void;
}

/** The current turn of one runtime. */
class Turn {
  private waiting: Corked[] = [];
  private readonly runtime: Runtime;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  add(corked: Corked): void {
    if (this.waiting.push(corked) === 1) this.runtime.queueMicrotask(this.end);
  }

  private readonly end = (): void => {
    const ended = this.waiting;
    this.waiting = [];
    for (const corked of ended) corked.endTurn();
  };
}

const turns = new WeakMap<Runtime, Turn>();

/**
 * Calls `corked.endTurn()` once the running code has returned. One list and one microtask serve all sockets of a
 * runtime: `process.nextTick` and `setImmediate` measured no better.
 */
export function atEndOfTurn(runtime: Runtime, corked: Corked): void {
  let turn = turns.get(runtime);
  if (turn === undefined) turns.set(runtime, (turn = new Turn(runtime)));
  turn.add(corked);
}
