/**
 * Measures the numbers of `docs/decisions/0002-interned-statechart.md`: the same life of a connection, computed by
 * xstate each time, and taken from the interned states. CPU time of this process, best of several rounds.
 *
 * Bun and Deno run this file as it is; for Node: `esbuild <this file> --bundle --platform=node --format=esm | node --input-type=module`.
 */
import { cpuUsage } from "node:process";
import { initialTransition, transition } from "xstate";
import { chart, type LifecycleEvent } from "../src/lifecycle/chart.ts";
import { describeLifecycle } from "../src/lifecycle/describe.ts";
import { lifecycleOf, type EventType } from "../src/lifecycle/interned.ts";

const LIFE = [
  "request.received",
  "handshake.accepted",
  "close.received",
  "output.drained",
  "transport.ended",
] as const satisfies EventType[];
const events = LIFE.map((type): LifecycleEvent => ({ type }));
const IGNORED: LifecycleEvent = { type: "output.drained" };

const cpu = (): number => {
  const { user, system } = cpuUsage();
  return user + system;
};

/** Microseconds of CPU a call of `task`. */
function measure(task: () => void, calls: number): number {
  let best = Infinity;
  for (let round = 0; round < 7; round++) {
    const before = cpu();
    for (let i = 0; i < calls; i++) task();
    best = Math.min(best, (cpu() - before) / calls);
  }
  return best;
}

const before = cpu();
describeLifecycle("server");
describeLifecycle("client");
const filling = cpu() - before;

const [first] = initialTransition(chart, { role: "server" });
const interned = lifecycleOf("server").state;
/** Keeps the results alive, so that no engine may leave the work out. */
let last: unknown;

const rows: [what: string, microseconds: number][] = [
  ["every step of both roles, once", filling],
  [
    "transition(), one event",
    measure(() => {
      last = transition(chart, first, events[0]!);
    }, 2_000),
  ],
  [
    "transition(), an event the state ignores",
    measure(() => {
      last = transition(chart, first, IGNORED);
    }, 2_000),
  ],
  [
    "a whole life, transition()",
    measure(() => {
      let [snapshot] = initialTransition(chart, { role: "server" });
      for (const event of events) [snapshot] = transition(chart, snapshot, event);
      last = snapshot;
    }, 500),
  ],
  [
    "a whole life, interned",
    measure(() => {
      let state = interned;
      for (const event of LIFE) state = state.step(event).state;
      last = state;
    }, 1_000_000),
  ],
];
for (const [what, microseconds] of rows)
  console.log(`${microseconds.toFixed(3).padStart(12)} µs  ${what}`);
if (last === undefined) throw new Error("nothing was measured");
