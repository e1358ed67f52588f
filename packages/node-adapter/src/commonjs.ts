/** What `cjs/index.cjs` hands on: the same as `index.ts`, but each name is read when it is first used, so that what it needs is loaded then. */
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
