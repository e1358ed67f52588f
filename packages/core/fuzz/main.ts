/**
 * `npm run fuzz`: runs random scripts against connections until the time is over. `--seconds 60` says how long, `--seed`
 * where to begin. It prints a script that fails as JSON, for `corpus/`, with the seed that makes it again; `--traces folder`
 * saves it as a trace too. Every hundredth run is recorded, and its trace must replay.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scriptOf } from "./generate.ts";
import { runRecorded } from "./recorded.ts";
import { run } from "./run.ts";
import { shrink } from "./shrink.ts";

const option = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? otherwise : Number(process.argv[at + 1]);
};
const seconds = option("seconds", 60);
const first = option("seed", Date.now() % 1_000_000_000);
const most = option("finds", 5);
const tracesAt = process.argv.indexOf("--traces");
const traces = tracesAt === -1 ? undefined : process.argv[tracesAt + 1];
const until = performance.now() + seconds * 1000;

console.log(`Fuzzing for ${seconds} s, from seed ${first}.`);
let seed = first;
let finds = 0;
for (; performance.now() < until && finds < most; seed++) {
  const script = scriptOf(seed);
  const before = performance.now();
  const complaints = run(script);
  const took = performance.now() - before;
  if (took > 2000) complaints.push(`took ${took.toFixed(0)} ms`);
  if (seed % 100 === 0)
    complaints.push(
      ...runRecorded(script).differences.map((difference) => `replays otherwise: ${difference}`),
    );
  if (complaints.length === 0) continue;
  finds++;
  if (traces !== undefined) {
    mkdirSync(traces, { recursive: true });
    writeFileSync(join(traces, `seed-${seed}.jsonl`), runRecorded(script).trace);
  }
  console.log(
    `\nSeed ${seed}:\n  ${complaints.join("\n  ")}\n${JSON.stringify({ script: shrink(script) })}`,
  );
}
console.log(
  `\n${seed - first} runs, seeds ${first} to ${seed - 1}: ${finds === 0 ? "nothing found" : `${finds} found`}.`,
);
process.exitCode = finds === 0 ? 0 : 1;
