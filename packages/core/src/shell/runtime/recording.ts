import type { RecordOptions, TraceContext, TraceSink } from "../../trace/record/sink.ts";

/** What recording needs of a runtime. */
export interface RecordingHost {
  /** Such as `node 20.20.2`, for the heads of traces. */
  readonly name?: string | undefined;
  /** Where every connection of the process is recorded, where that was asked for. */
  readonly record?: TraceSink | undefined;
  reportError?(error: unknown): void;
}

const contexts = new WeakMap<RecordingHost, TraceContext>();

/** Returns how a connection is recorded: by the sink it was given, or the process's; `undefined`: not at all. */
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
    ...(host.name !== undefined && { runtime: host.name }),
    onError: (error) => host.reportError?.(error),
  };
  contexts.set(host, context);
  return context;
}
