import { type EventSource as CoreEventSource } from "@sansocket/core/shell";
import { type EventSourceConstructor, eventSourceConstructor } from "@sansocket/core/node-compat";
import { EventSourceClient } from "./client.ts";
import { denoRuntime } from "../runtime.ts";

/** A server's end of an event stream. */
export interface EventSource extends CoreEventSource {}
/** The class of a server's event stream: `new EventSource(request, response, options)`. */
export const EventSource: EventSourceConstructor = eventSourceConstructor(
  denoRuntime,
  EventSourceClient,
);
