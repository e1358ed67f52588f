import type { RecordOptions, TraceContext, TraceSink } from "../../trace/record/sink.ts";
import { VERSION } from "./version.ts";

/** The part of a runtime that recording uses. */
export interface RecordingHost {
  /** Such as `node 20.20.2`, for the heads of traces. */
  readonly name?: string | undefined;
  /** Records every connection of the process, if the user has set this. */
  readonly record?: TraceSink | undefined;
  reportError?(error: unknown): void;
}

const contexts = new WeakMap<RecordingHost, TraceContext>();

/** Returns the recording of a connection, by its own sink or the process's; `undefined` without a sink. */
export function recordingBy(
  host: RecordingHost,
  sink: TraceSink | undefined,
): RecordOptions | undefined {
  const chosen = sink ?? host.record;
  return chosen === undefined ? undefined : { sink: chosen, context: contextOf(host) };
}

function contextOf(host: RecordingHost): TraceContext {
  const known = contexts.get(host);
  if (known !== undefined) return known;
  const context: TraceContext = {
    now: () => performance.now(),
    wallClock: () => Date.now(),
    library: VERSION,
    ...(host.name !== undefined && { runtime: host.name }),
    onError: (error) => host.reportError?.(error),
  };
  contexts.set(host, context);
  return context;
}
