export type {
  TraceBytes,
  TraceEntry,
  TraceHead,
  TraceKind,
  TraceValue,
  TraceWhen,
} from "./format.ts";
export { readTraces, type Trace, TraceError, type TraceLine } from "./read.ts";
export {
  type EventStreamClientLike,
  recordEventSourceConnection,
  recordEventStreamClient,
} from "./record/event-stream.ts";
export type { RecordOptions, TraceContext, TraceSettings, TraceSink } from "./record/sink.ts";
export {
  recordClientConnection,
  recordOpenConnection,
  recordServerConnection,
} from "./record/websocket.ts";
export type { Difference } from "./replay/player.ts";
export { replay, type ReplayResult } from "./replay/replay.ts";
export { createTraceRing, TraceRing, type TraceRingOptions } from "./ring.ts";
export { TRACE_VERSION } from "./values.ts";
export { type ClosedLike, explainClose } from "./explain/close.ts";
export { type EndedBy, explain, type Explanation } from "./explain/explain.ts";
