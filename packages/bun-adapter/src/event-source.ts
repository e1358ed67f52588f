import { type EventSource as Face, type EventSourceConstructor, eventSourceConstructor } from "@sansocket/core/shell";
import { EventSourceClient } from "./event-source-client.ts";
import { bunRuntime } from "./runtime.ts";

/** A server's end of an event stream. */
export interface EventSource extends Face {}
export const EventSource: EventSourceConstructor = eventSourceConstructor(bunRuntime, EventSourceClient);
