import { UsageError } from "../../../violation.ts";
import { acceptsEventStream } from "../../../sse/server/accept.ts";
import { EventSource, openEventSource } from "./event-source.ts";
import {
  type EventSourceOptions,
  type EventSourceSettings,
  readEventSourceOptions,
} from "./options.ts";
import { readLastEventId } from "./last-event-id.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { StreamTransport } from "../../transport/body.ts";

/** The part of a `Request` that {@link EventSourceFunction} uses. */
export interface FetchRequestLike {
  /** `HEAD` gets the head alone. */
  readonly method?: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
}

/** An event stream as a `Response`: return `response`, keep `source`. */
export interface EventSourceResponse {
  readonly response: Response;
  readonly source: EventSource;
}

/**
 * Answers a `Request` with an event stream, in every server that takes a `Response`: `Deno.serve`, `Bun.serve`, `serve` of the adapters, and
 * frameworks built on them. The stream closes when the runtime cancels the body, as all three runtimes do when the
 * client leaves; it ignores `request.signal`, since Deno aborts it for successful responses too.
 * @throws {UsageError} for an unknown option, and for a time, size or header that is not accepted.
 */
export type EventSourceFunction = (
  request: FetchRequestLike,
  options?: EventSourceOptions | null,
) => EventSourceResponse;

/**
 * Makes `eventSource` for a runtime.
 * @param mostPing the longest default time between pings, in seconds: less than the idle limit of the runtime's own server
 */
export function eventSourceFor(runtime: Runtime, mostPing = Infinity): EventSourceFunction {
  return (request, options) => {
    if (typeof (request as Partial<FetchRequestLike> | null)?.headers?.get !== "function")
      throw new UsageError(
        `eventSource: expected (request, options) with a fetch Request, got ${typeof request === "string" ? "a URL; to read a stream, use new EventSourceClient(url)" : "something else; for node:http, use new EventSource(request, response)"}`,
      );
    const source = new EventSource();
    const settings = readEventSourceOptions(
      options,
      {
        retry: source.DEFAULT_RETRY,
        ping: Math.min(source.DEFAULT_PING, mostPing),
      },
      true,
    );
    let body: ReadableStream<Uint8Array> | null = null;
    openEventSource(source, {
      runtime,
      bind: (listener) => {
        if (request.method === "HEAD") return undefined;
        const transport = new StreamTransport(listener);
        body = transport.stream;
        return transport;
      },
      url: request.url,
      lastEventId: readLastEventId(request.headers.get("last-event-id")),
      connection: settings.connection,
      signal: settings.signal,
      record: settings.record,
      topics: settings.topics,
    });
    if (settings.connection.retry === 0) source.ping(); // Node and Bun hold the head back until there is a body
    return { response: new Response(body, { headers: headersOf(settings) }), source };
  };
}

/** Whether a request asks for an event stream: `GET`, with `text/event-stream` in `Accept`. It reads Node's requests and the Fetch standard's. */
export function isEventSource(request: {
  readonly method?: string | undefined;
  readonly headers: object;
}): boolean {
  if (request.method !== "GET") return false;
  const { headers } = request as { headers: { get?: unknown; accept?: string } };
  return acceptsEventStream(
    typeof headers.get === "function"
      ? (headers as unknown as Headers).get("accept")
      : headers.accept,
  );
}

/**
 * The header fields of every event stream, unless its options say otherwise. Two of them stop proxies from holding events back: `no-transform` stops
 * compressing ones, such as HAProxy (RFC 9111 §5.2.2.6); `X-Accel-Buffering` stops nginx, which removes it from the response.
 */
export const EVENT_STREAM_FIELDS: readonly (readonly [name: string, value: string])[] = [
  ["Content-Type", "text/event-stream"],
  ["Cache-Control", "no-cache, no-store, no-transform"],
  ["X-Accel-Buffering", "no"],
];

function headersOf({ headers }: EventSourceSettings): Headers {
  const fields = new Headers(EVENT_STREAM_FIELDS as [string, string][]);
  for (const [name] of headers) fields.delete(name);
  for (const [name, value] of headers)
    for (const one of typeof value === "string" ? [value] : value) fields.append(name, one);
  return fields;
}
