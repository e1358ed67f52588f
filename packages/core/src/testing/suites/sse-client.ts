/** The suite of `EventSource.Client` for every runtime, against real servers. Other tests check the rules without sockets. */
import { endings } from "./sse-client/endings.ts";
import { pressure } from "./sse-client/pressure.ts";
import type { EventSourceClientBehaviour } from "./sse-client/scene.ts";
import { streams } from "./sse-client/streams.ts";

/** Every behaviour of the client. No test framework is needed to run them. */
export const eventSourceClientContract: readonly EventSourceClientBehaviour[] = [
  ...streams,
  ...endings,
  ...pressure,
];
