import { UsageError } from "./violation.ts";

/** A name that differs from a known one by more than this many letters is not taken for a slip of it. */
const SLIPS = 3;

/**
 * Checks that every key of `given` is one of `known`; inherited keys count.
 * @param what what the keys are, for the message: `websocket`, `stop`
 * @throws {UsageError} for the first key that is not known, with the nearest name that is.
 */
export function checkNames(what: string, given: object, known: readonly string[]): void {
  for (const name in given) {
    if (!known.includes(name))
      throw new UsageError(
        `${what}: there is no ${JSON.stringify(name)}${suggestion(name, known)}`,
      );
  }
}

/** `; is message meant?`, or what is known where nothing is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? `; there are ${known.join(", ")}` : `; is ${near} meant?`;
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  let best: string | undefined;
  let least = Math.min(SLIPS, Math.ceil(name.length / 2)) + 1;
  for (const one of known) {
    const distance = distanceBetween(lower, one.toLowerCase());
    if (distance >= least) continue;
    least = distance;
    best = one;
  }
  return best;
}

/** How many letters must be changed, added or left out to make one text the other (Levenshtein). */
function distanceBetween(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let at = 1; at <= to.length; at++) {
      const changed = above[at - 1]! + (from[row - 1] === to[at - 1] ? 0 : 1);
      current.push(Math.min(changed, above[at]! + 1, current[at - 1]! + 1));
    }
    above = current;
  }
  return above[to.length]!;
}
