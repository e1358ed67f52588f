/** Runs of the fuzzer with the flight recorder on: each is a trace, and each trace must replay. */
import { replay } from "../src/trace/replay/replay.ts";
import { createTraceRing } from "../src/trace/ring.ts";
import { run } from "./run.ts";
import type { Script } from "./script.ts";

/** A run, and how the replay of its trace differs from it: not at all, if all is well. */
export interface RecordedRun {
  readonly complaints: readonly string[];
  readonly trace: string;
  readonly differences: readonly string[];
}

/** More than a run writes. */
const ALL = 256 * 1024 * 1024;

/** Runs a script, records it, and replays the trace. */
export function runRecorded(script: Script): RecordedRun {
  let time = 0;
  const sink = createTraceRing({ bytes: ALL, maxPayload: ALL, redact: false });
  const complaints = run(script, { sink, context: { now: () => time++ } });
  const trace = sink
    .pieces()
    .map((piece) => Buffer.from(piece).toString())
    .join("");
  const differences = replay(trace).flatMap(({ difference, stopped }) =>
    difference === undefined && stopped === undefined
      ? []
      : [JSON.stringify(difference ?? stopped)],
  );
  return { complaints, trace, differences };
}
