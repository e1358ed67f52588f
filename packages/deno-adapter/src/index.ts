export type { EventSourceClientEvents, EventSourceClientOptions, EventSourceErrorEvent, EventSourceMessage } from "@sansocket/core/shell";
export type {
  ChannelEvent,
  ChannelOptions,
  EventChannel,
  EventSource,
  EventSourceOptions,
  EventSourceResponse,
  HistoryOptions,
  SendOptions,
} from "@sansocket/core/shell";
export { EventSourceClient } from "./event-source-client.ts";
export { isEventSource } from "@sansocket/core/shell";
export { channel, eventSource } from "./event-stream.ts";
export { denoPlatform } from "./platform.ts";
