import { UsageError } from "../../violation.ts";
import type { Topics } from "./topics.ts";

/** @throws {UsageError} for a socket or event stream that was given no topics. */
export function neededTopics(topics: Topics | undefined): Topics {
  if (topics !== undefined) return topics;
  throw new UsageError(
    "subscribe: it belongs to no topics: give its server, upgrade() or EventSource the option topics, or call topics.subscribe(socket, topic)",
  );
}
