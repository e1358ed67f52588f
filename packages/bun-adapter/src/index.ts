export type { EventSourceClientEvents, EventSourceClientOptions, EventSourceErrorEvent } from "@sansocket/core/shell";
export { EventSourceClient } from "./event-source-client.ts";
export { bunPlatform } from "./platform.ts";
