// Steps backwards: what is measured beside what was committed.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("ratios.json", import.meta.url);

/** A ratio that falls by more than this share is a step backwards; medians of two runs differ by 10 to 20 %. */
const MOST_FALL = 0.2;

/**
 * @typedef {{ date: string, command: string, machine: string, ratios: Record<string, number> }} Run what one command measured, of which others may have
 * measured some anew
 */

/** @returns {Run[]} */
const runs = () => JSON.parse(readFileSync(file, "utf8"));

/** @returns {{ runs: Run[], ratios: Record<string, number> }} what was committed, and the ratios of all runs */
export const committed = () => ({
  runs: runs(),
  ratios: Object.assign({}, ...runs().map(({ ratios }) => ratios)),
});

/**
 * The scenarios that have fallen, worst first.
 * @param {Record<string, number>} now ratios to ws
 * @param {Record<string, number>} then the committed ones; a scenario that only one of both has is left out
 * @returns {{ scenario: string, now: number, then: number }[]}
 */
export const fallen = (now, then) =>
  Object.entries(now)
    .filter(([scenario, ratio]) => ratio < (then[scenario] ?? 0) * (1 - MOST_FALL))
    .map(([scenario, ratio]) => ({ scenario, now: ratio, then: then[scenario] }))
    .sort((a, b) => a.now / a.then - b.now / b.then);

/**
 * Commits `ratios` in place of those of the same scenarios.
 * @param {Record<string, number>} ratios
 * @param {{ date: string, command: string, machine: string }} about
 */
export function commit(ratios, about) {
  const rounded = Object.entries(ratios).map(([name, ratio]) => [name, Number(ratio.toFixed(2))]);
  const left = runs().map((run) => ({
    ...run,
    ratios: Object.fromEntries(Object.entries(run.ratios).filter(([name]) => !(name in ratios))),
  }));
  const all = [...left, { ...about, ratios: Object.fromEntries(rounded) }];
  writeFileSync(
    file,
    `${JSON.stringify(
      all.filter((run) => Object.keys(run.ratios).length > 0),
      null,
      2,
    )}\n`,
  );
}
