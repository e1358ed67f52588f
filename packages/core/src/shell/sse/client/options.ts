import type { EventStreamClientOptions } from "../../../sse/client/options.ts";
import type { TraceSink } from "../../../trace/record/sink.ts";
import type { Diagnostics } from "../../diagnostics/channels.ts";
import type { RecordingHost } from "../../runtime/recording.ts";
import type { Platform } from "../../../platform.ts";
import type { FetchLike } from "./request.ts";

/** Options of an `EventSource.Client`, beside the times and limits of {@link EventStreamClientOptions}. */
export interface EventSourceClientOptions extends Partial<EventStreamClientOptions> {
  /** Header fields to send with each request; the client adds `Accept: text/event-stream` and `Cache-Control: no-cache`. */
  readonly headers?: ConstructorParameters<typeof Headers>[0] | undefined;
  /** Makes the requests: to add a token that changes, to use a proxy, to send another method. @defaultValue the runtime's `fetch` */
  readonly fetch?: FetchLike | undefined;
  /** Closes the client when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Whether to send cookies to other origins. Browsers use it, and a `fetch` of your own may. @defaultValue false */
  readonly withCredentials?: boolean | undefined;
  /** Records the client: a sink of `createTraceRing()` or `recordTo()`. */
  readonly record?: TraceSink | undefined;
}

/** The functions of a runtime that a client uses. Each adapter makes one object a process. */
export interface EventSourceClientHost extends RecordingHost {
  readonly platform: Platform;
  /** The channels of `diagnostics_channel`. Absent if the runtime has none. */
  readonly diagnostics?: Diagnostics | undefined;
  readonly fetch: FetchLike;
  /** The timer keeps the process alive, as the request before it did. */
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(handle: unknown): void;
}
