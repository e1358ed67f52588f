import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { Stream } from "node:stream";
import { UsageError } from "../../violation.ts";
import {
  EventSource as CoreEventSource,
  openEventSource,
} from "../../shell/sse/server/event-source.ts";
import type { EventSourceClient } from "../../shell/sse/client/client.ts";
import type { EventSourceClientOptions } from "../../shell/sse/client/options.ts";
import { EVENT_STREAM_FIELDS, isEventSource } from "../../shell/sse/server/fetch.ts";
import {
  type EventSourceOptions,
  type EventSourceSettings,
  readEventSourceOptions,
} from "../../shell/sse/server/options.ts";
import { readLastEventId } from "../../shell/sse/server/last-event-id.ts";
import { withoutUser } from "../../shell/transport/network-error.ts";
import { own, refuseOwned } from "../../shell/transport/ownership.ts";
import { type ResponseLike, ResponseTransport } from "../../shell/transport/response.ts";
import type { Runtime } from "../../shell/runtime/runtime.ts";
import type { TransportListener } from "../../shell/transport/transport.ts";
import { isSecureRequest } from "../server/incoming.ts";
import type { RequestLike } from "../server/opening-request.ts";

/** Makes clients of event streams, on the `fetch` of a runtime. */
export interface EventSourceClientConstructor {
  /**
   * Connects at once.
   * @throws {SyntaxError} (a `DOMException`) for a string that is no absolute URL. @throws {TypeError} for header fields that cannot be sent.
   * @throws {UsageError} for a time or limit that is out of range.
   */
  new (url: string | URL, options?: EventSourceClientOptions): EventSourceClient;
  readonly prototype: EventSourceClient;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
}

type SourceRequest = IncomingMessage | Http2ServerRequest;
type SourceResponse = ServerResponse | Http2ServerResponse;

/** Makes servers' ends of event streams; `EventSource.call(this, …)` in an old-style subclass works too. */
export interface EventSourceConstructor {
  /**
   * Answers `request` with an event stream, through `response`: of HTTP/1.1 or HTTP/2, with the header fields it has already. Listeners added before the
   * code now running has returned see `open`. Where the reader has gone, `close` comes instead.
   * @throws {TypeError} for an invalid option or header, and for a response whose head is written; nothing has been written then.
   */
  new (
    request: SourceRequest,
    response: SourceResponse,
    options?: EventSourceOptions | null,
  ): CoreEventSource;
  (
    this: CoreEventSource,
    request: SourceRequest,
    response: SourceResponse,
    options?: EventSourceOptions | null,
  ): void;
  readonly prototype: CoreEventSource;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 3;
  /** The other end: reads a stream, and connects again when it ends. */
  readonly Client: EventSourceClientConstructor;
  /** Returns whether a request is for an event stream: `GET`, with `text/event-stream` by name in `Accept`. */
  isEventSource(request: {
    readonly method?: string | undefined;
    readonly headers: object;
  }): boolean;
}

function writeHead(
  request: SourceRequest,
  response: ServerResponse,
  { connection, headers }: EventSourceSettings,
): void {
  for (const [name, value] of EVENT_STREAM_FIELDS)
    if (name === "Content-Type" || !response.hasHeader(name)) response.setHeader(name, value);
  for (const [name, value] of headers) response.setHeader(name, value);
  if (request.httpVersionMajor < 2) {
    // The end of the connection ends the body: chunks would cost four writes an event, and the client, which reconnects either way, learns nothing from them.
    response.removeHeader("Content-Length");
    response.removeHeader("Transfer-Encoding");
    response.setHeader("Connection", "close");
    (response as ResponseLike).socket?.setNoDelay?.(true);
  }
  response.writeHead(200);
  if (connection.retry === 0) response.flushHeaders(); // else they leave with it
}

/**
 * Whether a reader may still be there. A response has no socket until the one before it on the connection has left: the request's shows it. Over HTTP/2
 * a HEAD's stream is not writable from the beginning, but waits for its head.
 */
function canAnswer(request: SourceRequest, response: SourceResponse): boolean {
  const socket = response.socket ?? request.socket;
  return (
    (request.method === "HEAD" ? !socket.destroyed : socket.writable) &&
    !response.destroyed &&
    !response.writableEnded
  );
}

/** Whether the reader, or the connection, is gone: then an ended response is no mistake of the application. */
function isGone(request: SourceRequest, response: SourceResponse): boolean {
  return response.destroyed || (response.socket ?? request.socket).destroyed;
}

/** Makes the transport. A response that waits for its turn gets no event when its connection is lost. */
function transportOf(
  request: SourceRequest,
  response: SourceResponse,
  listener: TransportListener,
): ResponseTransport {
  const transport = new ResponseTransport(response as ResponseLike, listener);
  if (request.httpVersionMajor < 2 && !response.socket)
    request.socket.once("close", () => {
      transport.gone();
    });
  return transport;
}

function urlOf(request: SourceRequest): string {
  const { headers } = request;
  const host = headers.host ?? headers[":authority"] ?? "";
  return `${isSecureRequest(request as RequestLike) ? "https:" : "http:"}//${String(host)}${request.url ?? ""}`;
}

/** @throws {UsageError} for values that are no request and response, such as the URL of a client. */
function checkArguments(request: unknown, response: unknown): void {
  const isResponse = typeof response === "object" && response !== null && "writeHead" in response;
  if (typeof request === "object" && request !== null && "headers" in request && isResponse) return;
  const isUrl = typeof request === "string" || request instanceof URL;
  throw new UsageError(
    `new EventSource: expected (request, response, options) as node:http gives them, got ${isUrl ? `the URL ${withoutUser(String(request))}; to read a stream, use new EventSourceClient(url), which EventSource.Client is too` : "something else"}`,
  );
}

/** `EventSource`, on the timers and memory of a runtime, with its other end as a static. */
export function eventSourceConstructor(
  runtime: Runtime,
  Client: EventSourceClientConstructor,
): EventSourceConstructor {
  function EventSourceFunction(
    this: CoreEventSource,
    request: SourceRequest,
    response: SourceResponse,
    options?: EventSourceOptions | null,
  ): void {
    if (!((this as unknown) instanceof EventSourceFunction))
      throw new TypeError("EventSource: use new, or call it on an object that inherits from it");
    checkArguments(request, response);
    const settings = readEventSourceOptions(options, {
      retry: this.DEFAULT_RETRY,
      ping: this.DEFAULT_PING,
    });
    const isAlive = canAnswer(request, response);
    refuseOwned(response, "new EventSource()");
    if (!isGone(request, response) && (response.headersSent || response.writableEnded)) {
      throw new UsageError(
        "new EventSource(): its head is written already; make the EventSource before anything is written or ended",
      );
    }
    own(response, "new EventSource()");
    Stream.call(this);
    openEventSource(this, {
      runtime,
      bind: (listener) => {
        if (!isAlive) return undefined;
        writeHead(request, response as ServerResponse, settings);
        if (request.method === "HEAD") return void response.end();
        return transportOf(request, response, listener);
      },
      url: urlOf(request),
      lastEventId: readLastEventId(request.headers["last-event-id"]),
      connection: settings.connection,
      signal: settings.signal,
      record: settings.record,
      topics: settings.topics,
    });
  }
  // One prototype for all: objects of `eventSource` are instances too.
  EventSourceFunction.prototype = CoreEventSource.prototype;
  Object.setPrototypeOf(EventSourceFunction, CoreEventSource);
  Object.defineProperties(EventSourceFunction, {
    name: { value: "EventSource", configurable: true },
    super_: { value: Stream, configurable: true, writable: true },
  });
  Object.assign(EventSourceFunction, { isEventSource, Client });
  return EventSourceFunction as unknown as EventSourceConstructor;
}
