import { channelFor, eventSourceFor } from "@sansocket/core/shell";
import { nodeRuntime } from "../runtime.ts";

/**
 * Answers a `Request` with an event stream: return `response`, keep `source`. For `serve`, and for frameworks that answer with a `Response`; elsewhere
 * `EventSource` does the same on Node's own request and response.
 */
export const eventSource = eventSourceFor(nodeRuntime);

/** Makes a channel: what it is sent goes to all its readers, encoded once. */
export const channel = channelFor(nodeRuntime);
