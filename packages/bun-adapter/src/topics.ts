import { type Topics, topicsFor, type TopicsOptions } from "@sansocket/core/shell";
import { bunRuntime } from "./runtime.ts";

/** Makes topics, to which sockets subscribe: what is published goes to all of a topic, encoded once. */
export const topics: (options?: TopicsOptions) => Topics = topicsFor(bunRuntime);
