import { UsageError } from "./violation.ts";

/** The most letters by which a misspelt name differs from a known one. */
const SLIPS = 3;

/**
 * Checks that every key of `given` is one of `known`; inherited keys count.
 * @param what the kind of keys, for the message: `websocket`, `stop`
 * @throws {UsageError} for the first unknown key, with the nearest known name.
 */
export function checkNames(what: string, given: object, known: readonly string[]): void {
  for (const name in given) {
    if (!known.includes(name))
      throw new UsageError(
        `${what}: there is no ${JSON.stringify(name)}${suggestion(name, known)}`,
      );
  }
}

/**
 * Checks what is given as options: nothing, or an object whose keys are among `known`.
 * @throws {UsageError} that says what they are.
 */
export function checkOptions(what: string, given: unknown, known: readonly string[]): void {
  if (given === undefined || given === null) return;
  if (typeof given !== "object")
    throw new UsageError(`${what}: expected options { ${known.join(", ")} }, got ${String(given)}`);
  checkNames(what, given, known);
}

/**
 * Checks that every key of `given` is one of `known`; inherited keys count.
 * @param path what goes before each name, for the message: `proxy.`
 * @throws {UsageError} `Unrecognized option: x`, as faye-websocket says it, and behind that the nearest name there is.
 */
export function checkOptionNames(given: object, known: readonly string[], path = ""): void {
  for (const name in given)
    if (!known.includes(name)) throw new UsageError(unrecognized(name, known, path));
}

/** `Unrecognized option: x`, and behind that the nearest name there is. */
export function unrecognized(name: string, known: readonly string[], path = ""): string {
  const near = nearest(name, known);
  return `Unrecognized option: ${path}${name}${near === undefined ? "" : `; is ${path}${near} meant?`}`;
}

/**
 * Refuses a key of `given` that is a slip of one of `known`; what is like none of them is the caller's own, as faye-websocket has it.
 * @throws {UsageError}
 */
export function checkSlips(what: string, given: object, known: readonly string[]): void {
  for (const name in given) {
    const near = known.includes(name) ? undefined : nearest(name, known, name.length > 5 ? 2 : 1);
    if (near !== undefined)
      throw new UsageError(`${what}: there is no ${JSON.stringify(name)}; is ${near} meant?`);
  }
}

/** `; is message meant?`, or the known names where none is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? `; there are ${known.join(", ")}` : `; is ${near} meant?`;
}

/** Names of the `ws` package and of Node, and what they are called here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["maxpayload", "maxMessageSize"],
  ["host", "hostname"],
  ["address", "hostname"],
  ["handleprotocols", "protocols"],
  ["subprotocols", "protocols"],
]);

function nearest(name: string, known: readonly string[], slips = SLIPS): string | undefined {
  const lower = name.toLowerCase();
  const translated = ELSEWHERE.get(lower);
  if (translated !== undefined && known.includes(translated)) return translated;
  let best: string | undefined;
  let least = Math.min(slips, Math.ceil(name.length / 2)) + 1;
  for (const one of known) {
    const distance = distanceBetween(lower, one.toLowerCase());
    if (distance >= least) continue;
    least = distance;
    best = one;
  }
  return best;
}

/** Returns the number of letters to change, add or leave out to make one text the other (Levenshtein). */
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
