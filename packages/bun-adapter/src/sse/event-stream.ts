import {
  channelFor,
  type ChannelOptions,
  type EventChannel,
  eventSourceFor,
  type EventSourceFunction,
} from "@sansocket/core/shell";
import { bunRuntime } from "../runtime.ts";

/** Seconds. `Bun.serve` ends what has been quiet for ten, give or take the four between two looks of its clock. */
const MOST_PING = 5;

/**
 * Answers a `Request` with an event stream: return `response`, keep `source`. For `Bun.serve`, and for frameworks that answer with a `Response`.
 * Pings come every 5 seconds here unless the options say otherwise, so that `Bun.serve` does not end the stream.
 */
export const eventSource: EventSourceFunction = eventSourceFor(bunRuntime, MOST_PING);

/** Makes a channel: what it is sent goes to all its readers, encoded once. */
export const channel: (options?: ChannelOptions) => EventChannel = channelFor(bunRuntime);
