/** Walks every state that two machines can come to within a number of moves, each once. */
import { createHash } from "node:crypto";
import { type Move, type Scenario, World } from "./world.ts";

/** The result of an exploration. */
export interface Exploration {
  /** Different states. */
  readonly states: number;
  /** Moves that were tried: one path each, of which those that came to a new state were walked on, and to their end. */
  readonly paths: number;
  readonly depth: number;
  /** Whether no state was left at that depth from which something new could happen. */
  readonly complete: boolean;
  readonly seconds: number;
  /** The first run that went wrong, as short as any, and how. */
  readonly find:
    { readonly moves: readonly Move[]; readonly complaints: readonly string[] } | undefined;
}

/** Explores breadth first, so that what is found is as short as can be. */
export function explore(scenario: Scenario, depth: number): Exploration {
  const since = performance.now();
  const seen = new Set<string>();
  let paths = 0;
  let frontier: (readonly Move[])[] = [[]];
  let reached = 0;
  const result = (find?: Exploration["find"]): Exploration => ({
    states: seen.size,
    paths,
    depth: reached,
    complete: frontier.length === 0,
    seconds: (performance.now() - since) / 1000,
    find,
  });
  for (; reached < depth && frontier.length > 0; reached++) {
    const next: (readonly Move[])[] = [];
    for (const moves of frontier) {
      for (const move of walk(moves, scenario).moves()) {
        paths++;
        const path = [...moves, move];
        const world = walk(path, scenario);
        const state = createHash("sha1").update(world.fingerprint()).digest("base64");
        if (seen.has(state)) continue;
        seen.add(state);
        next.push(path);
        const complaints = world.finish();
        if (complaints.length > 0) return result({ moves: path, complaints });
      }
    }
    frontier = next;
  }
  return result();
}

function walk(moves: readonly Move[], scenario: Scenario): World {
  const world = new World(scenario);
  for (const move of moves) world.move(move);
  return world;
}
