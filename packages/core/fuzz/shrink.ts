import { run } from "./run.ts";
import type { Operation, Script } from "./script.ts";

/** Leaves out of a script what its failure does not need. Greedy: by halves, then one by one, then within frames. */
export function shrink(
  script: Script,
  fails: (candidate: Script) => boolean = (candidate) => run(candidate).length > 0,
): Script {
  let best = script;
  for (
    let size = Math.ceil(best.operations.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < best.operations.length;) {
      const candidate = {
        ...best,
        operations: best.operations.filter((_, index) => index < at || index >= at + size),
      };
      if (fails(candidate)) best = candidate;
      else at += size;
    }
  }
  for (let at = 0; at < best.operations.length; at++) {
    for (const simpler of simplerThan(best.operations[at]!)) {
      const candidate = {
        ...best,
        operations: best.operations.map((operation, index) => (index === at ? simpler : operation)),
      };
      if (fails(candidate)) best = candidate;
    }
  }
  return best;
}

function simplerThan(operation: Operation): Operation[] {
  if (operation[0] === "within") return [operation[1]];
  if (operation[0] !== "receive") return [];
  const [, hex] = operation;
  const halves = Math.ceil(hex.length / 4) * 2;
  return [
    ["receive", hex.slice(0, halves)],
    ["receive", hex.slice(halves)],
    ["receive", hex.slice(0, -2)],
  ];
}
