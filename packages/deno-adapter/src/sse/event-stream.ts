import {
  channelFor,
  type ChannelOptions,
  type EventChannel,
  eventSourceFor,
  type EventSourceFunction,
} from "@sansocket/core/shell";
import { denoRuntime } from "../runtime.ts";

/**
 * Answers a `Request` with an event stream: return `response`, keep `source`. For `Deno.serve`, and for frameworks that answer with a `Response`.
 */
export const eventSource: EventSourceFunction = eventSourceFor(denoRuntime);

/** Makes a channel: what it is sent goes to all its readers, encoded once. */
export const channel: (options?: ChannelOptions) => EventChannel = channelFor(denoRuntime);
