import type { EventStreamClientOptions } from "../../../sse/client/options.ts";
import type { TraceSink } from "../../../trace/record/sink.ts";
import type { RecordingHost } from "../../runtime/recording.ts";
import type { Platform } from "../../../platform.ts";
import type { FetchLike } from "./request.ts";

/** What an `EventSource.Client` may be told, beside the times and limits of {@link EventStreamClientOptions}. */
export interface EventSourceClientOptions extends Partial<EventStreamClientOptions> {
  /** Header fields to send with each request; `Accept: text/event-stream` and `Cache-Control: no-cache` come by themselves. */
  readonly headers?: ConstructorParameters<typeof Headers>[0] | undefined;
  /** Makes the requests: to add a token that changes, to use a proxy, to send another method. @defaultValue the runtime's `fetch` */
  readonly fetch?: FetchLike | undefined;
  /** Closes the client when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Whether cookies are sent to other origins. Means something in browsers, and to a `fetch` of your own. @defaultValue false */
  readonly withCredentials?: boolean | undefined;
  /** Where the client is recorded: what `createTraceRing()` or `recordTo()` makes. */
  readonly record?: TraceSink | undefined;
}

/** What a client needs of the runtime it is in. One object a process, made by each adapter. */
export interface EventSourceClientHost extends RecordingHost {
  readonly platform: Platform;
  readonly fetch: FetchLike;
  /** The timer keeps the process alive, as the request before it did. */
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(handle: unknown): void;
}
