/** The exports of `cjs/index.cjs`: those of `index.ts`, but each name is read at first use, and its module loads then. */
export { api } from "./adapter.ts";
export {
  broadcast,
  ClosedError,
  ConnectError,
  isEventSource,
  ListenError,
  natsBackplane,
  natsHistory,
  NotSentError,
  prepare,
  redisBackplane,
  redisHistory,
  TOPICS_PROTOCOL,
} from "@sansocket/core/shell";
export { createTraceRing, explain, explainClose, replay } from "@sansocket/core/trace";
export { nodePlatform } from "./platform.ts";
export { recordTo } from "./record.ts";
