import type { Runtime } from "./runtime.ts";

/** Something that holds output back until the turn ends. */
export interface Corked {
  endTurn(): void;
}

let waiting: Corked[] = [];

/**
 * Calls `corked.endTurn()` once the code now running has returned. One list and one microtask serve the whole
 * process: `process.nextTick` and `setImmediate` measured no better.
 */
export function atEndOfTurn(runtime: Runtime, corked: Corked): void {
  if (waiting.push(corked) === 1) runtime.queueMicrotask(endTurn);
}

function endTurn(): void {
  const ended = waiting;
  waiting = [];
  for (const corked of ended) corked.endTurn();
}
