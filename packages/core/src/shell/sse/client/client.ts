import { EventStreamClient, type EventStreamClientActions } from "../../../sse/client/client.ts";
import type { EventSourceError } from "../../../sse/client/error.ts";
import {
  type EventStreamClientLike,
  recordEventStreamClient,
} from "../../../trace/record/event-stream.ts";
import { checkSink } from "../../../trace/record/sink.ts";
import { recordingBy } from "../../runtime/recording.ts";
import { checkOptions } from "../../../names.ts";
import { UsageError } from "../../../violation.ts";
import { isHeard, type StreamChannel, tellStream } from "../../diagnostics/event-streams.ts";
import { checkSignal, onAbort } from "../../runtime/abort.ts";
import type { ListenerOptions } from "../../events/listeners.ts";
import { EventQueue } from "./event-queue.ts";
import type { EventSourceClientHost, EventSourceClientOptions } from "./options.ts";
import { DEFAULT_EVENT_STREAM_CLIENT_OPTIONS } from "../../../sse/client/options.ts";
import { runRequest } from "./request.ts";
import { EventSourceErrorEvent } from "./error-event.ts";

/** An event of a stream: the runtime's `MessageEvent`, whose types differ between runtimes. */
export interface EventSourceMessage extends Event {
  readonly data: string;
  /** The last id so far: of this event, or of an earlier one. */
  readonly lastEventId: string;
  /** The origin of the stream, redirects followed. */
  readonly origin: string;
}

/** The events by type. Those of a stream may be of any type. */
export interface EventSourceClientEvents {
  open: Event;
  error: EventSourceErrorEvent;
  message: EventSourceMessage;
}

/** The event of a type; unknown types are those of a stream. */
type EventOf<K extends string> = K extends keyof EventSourceClientEvents
  ? EventSourceClientEvents[K]
  : EventSourceMessage;

/** A method's type, so that a listener for the whole `MessageEvent` is one too. */
type Call<E> = { call(event: E): void }["call"];

/** A listener of the DOM's kinds. */
export type EventSourceListener<E> = Call<E> | { handleEvent(event: E): void };

type Handler<E> = Call<E> | null;

/** The DOM's option that `removeEventListener` uses. */
interface CaptureOption {
  readonly capture?: boolean;
}

const OPTION_NAMES: readonly string[] = [
  "headers",
  "fetch",
  "signal",
  "withCredentials",
  "record",
  ...Object.keys(DEFAULT_EVENT_STREAM_CLIENT_OPTIONS),
];

/** @throws {UsageError} for an option `fetch` that is no function. */
function checkFetch(fetch: unknown): void {
  if (fetch !== undefined && typeof fetch !== "function")
    throw new UsageError(`fetch: expected a function, got ${typeof fetch}`);
}

const READY_STATES = { idle: 0, connecting: 0, open: 1, waiting: 0, closed: 2 } as const;

/**
 * A client of server-sent events with the API of the browsers' `EventSource` (WHATWG HTML §9.2.2). It connects when it is made, and
 * again, with `Last-Event-ID`, whenever the stream ends. Events are the runtime's own `MessageEvent`; the runtime reports errors of listeners
 * its own way.
 *
 * Beyond that API it has header fields, an `AbortSignal`, a `fetch` of your own, back-off; `on`, `once`, `off`; and `for await`, which
 * reads the stream no faster than the loop runs.
 */
export class EventSourceClient extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSED: 2;

  /** The URL as given; not where redirects led. */
  readonly url: string;
  readonly withCredentials: boolean;
  readonly #host: EventSourceClientHost;
  readonly #client: EventStreamClientLike;
  readonly #handlers = new Map<
    string,
    { handler: Handler<never>; readonly caller: (event: Event) => void }
  >();
  readonly #queues = new Set<EventQueue<EventSourceMessage>>();
  /** The origin of the stream, redirects followed. */
  #origin = "";
  #failure: EventSourceError | undefined = undefined;
  /** Removes the references to an ended client, so that it can be collected. */
  readonly #release: () => void;

  /**
   * @throws {SyntaxError} (a `DOMException`) for an invalid URL. @throws {TypeError} for header fields that cannot be sent.
   * @throws {UsageError} for an unknown option, and for a time or limit that is out of range.
   */
  constructor(
    host: EventSourceClientHost,
    url: string | URL,
    options: EventSourceClientOptions = {},
  ) {
    super();
    checkOptions("EventSource.Client", options, OPTION_NAMES);
    checkSignal(options.signal);
    checkFetch(options.fetch);
    this.#host = host;
    const { headers, fetch = host.fetch, signal, withCredentials = false } = options;
    this.url = toUrl(url);
    this.withCredentials = withCredentials;
    const fields = new Headers(headers);
    if (!fields.has("accept")) fields.set("Accept", "text/event-stream");
    if (!fields.has("cache-control")) fields.set("Cache-Control", "no-cache"); // in place of `cache: "no-store"`, which not every runtime knows
    let request = new AbortController();
    let timer: unknown = undefined;
    const whenRoom = (): Promise<void> | undefined => this.#whenRoom();
    const onResponse = (response: Response): void => {
      this.#origin = new URL(response.url || this.url).origin;
    };
    const actions: EventStreamClientActions = {
      request: (lastEventId) => {
        request = new AbortController();
        const init = {
          headers: withId(fields, lastEventId),
          signal: request.signal,
          ...initOf(withCredentials),
        };
        void runRequest(this.#client, { fetch, url: this.url, init, onResponse, whenRoom });
      },
      abandonRequest: () => {
        request.abort();
      },
      setTimer: (name, milliseconds) => {
        timer = host.setTimeout(() => {
          this.#client.fireTimer(name);
        }, milliseconds);
      },
      clearTimer: () => {
        host.clearTimeout(timer);
      },
      ...this.#events(),
    };
    if (options.record !== undefined) checkSink(options.record);
    const recording = recordingBy(host, options.record);
    this.#client =
      recording === undefined
        ? new EventStreamClient(actions, host.platform, options)
        : recordEventStreamClient(actions, host.platform, options, recording);
    this.#release =
      signal === undefined
        ? () => {}
        : onAbort(signal, () => {
            this.close();
          });
    if (signal?.aborted === true) this.close();
    else this.#client.connect();
  }

  /** 0, CONNECTING: also while waiting to connect again; 1, OPEN; 2, CLOSED: for good. */
  get readyState(): 0 | 1 | 2 {
    return READY_STATES[this.#client.state];
  }

  /** The id that the next request would send: that of the last event. */
  get lastEventId(): string {
    return this.#client.lastEventId;
  }

  /** Connects at once, if the client waits to connect again, for example when the network is back. */
  reconnect(): void {
    this.#client.connect();
  }

  /** Ends the stream. No event comes after. */
  close(): void {
    const wasOver = this.readyState === EventSourceClient.CLOSED;
    this.#client.close();
    this.#end(undefined);
    if (!wasOver) tellStream(this.#host, "close", this, () => ({ wasClean: true }));
  }

  get onopen(): Handler<Event> {
    return this.#handler("open");
  }
  set onopen(handler: Handler<Event>) {
    this.#handle("open", handler);
  }
  get onmessage(): Handler<EventSourceMessage> {
    return this.#handler("message");
  }
  set onmessage(handler: Handler<EventSourceMessage>) {
    this.#handle("message", handler);
  }
  get onerror(): Handler<EventSourceErrorEvent> {
    return this.#handler("error");
  }
  set onerror(handler: Handler<EventSourceErrorEvent>) {
    this.#handle("error", handler);
  }

  override addEventListener<K extends string>(
    type: K,
    listener: EventSourceListener<EventOf<K>> | null,
    options?: (CaptureOption & ListenerOptions) | boolean,
  ): void {
    super.addEventListener(type, listener as () => void, options as { once?: boolean });
  }

  override removeEventListener<K extends string>(
    type: K,
    listener: EventSourceListener<EventOf<K>> | null,
    options?: CaptureOption | boolean,
  ): void {
    super.removeEventListener(type, listener as () => void, options);
  }

  /** The same as {@link addEventListener}. */
  on<K extends string>(type: K, listener: EventSourceListener<EventOf<K>>): this {
    this.addEventListener(type, listener);
    return this;
  }

  once<K extends string>(type: K, listener: EventSourceListener<EventOf<K>>): this {
    this.addEventListener(type, listener, { once: true });
    return this;
  }

  /** The same as {@link removeEventListener}. */
  off<K extends string>(type: K, listener: EventSourceListener<EventOf<K>>): this {
    this.removeEventListener(type, listener);
    return this;
  }

  /**
   * Returns the events of the stream, of all types, over all connections. The loop ends when the client closes, or when the server answers 204;
   * it throws the `EventSourceError` that ends the client otherwise. Leaving the loop closes the client.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<EventSourceMessage, undefined> {
    const queue = new EventQueue<EventSourceMessage>(() => {
      this.close();
    });
    if (this.readyState === EventSourceClient.CLOSED) queue.end(this.#failure);
    else this.#queues.add(queue);
    return queue;
  }

  #events(): Pick<EventStreamClientActions, "onOpen" | "onEvent" | "onComment" | "onError"> {
    const tell = (name: StreamChannel, rest: () => object): void => {
      tellStream(this.#host, name, this, rest);
    };
    return {
      onOpen: () => {
        this.dispatchEvent(new Event("open"));
        tell("open", () => ({ address: undefined, lastEventId: this.lastEventId }));
      },
      ...(isHeard(this.#host, "commentReceived") && {
        onComment: (text: string) => {
          tell("commentReceived", () => ({ text }));
        },
      }),
      onEvent: (type, data, lastEventId) => {
        // Without an object for each event, where nobody subscribes.
        if (isHeard(this.#host, "eventReceived"))
          tell("eventReceived", () => ({ type, data, lastEventId }));
        const event = new MessageEvent(type, { data, lastEventId, origin: this.#origin });
        for (const queue of this.#queues) queue.push(event);
        this.dispatchEvent(event);
      },
      onError: (error) => {
        const isOver = this.readyState === EventSourceClient.CLOSED;
        const wasClean = error.status === 204;
        if (isOver) this.#end(wasClean ? undefined : error);
        this.dispatchEvent(new EventSourceErrorEvent(error));
        tell("socketError", () => ({ error }));
        if (isOver) tell("close", () => ({ wasClean }));
      },
    };
  }

  #end(failure: EventSourceError | undefined): void {
    this.#failure ??= failure;
    this.#release();
    for (const queue of this.#queues) queue.end(failure);
    this.#queues.clear();
  }

  #whenRoom(): Promise<void> | undefined {
    let room: Promise<void> | undefined;
    for (const { whenRoom } of this.#queues) {
      if (whenRoom !== undefined)
        room = room === undefined ? whenRoom : Promise.all([room, whenRoom]).then(() => {});
    }
    return room;
  }

  #handler<E>(type: string): Handler<E> {
    return (this.#handlers.get(type)?.handler ?? null) as Handler<E>;
  }

  /** Sets the handler for `type`. A handler that replaces another keeps its place in the order (WHATWG HTML §8.1.8.1). */
  #handle<E>(type: string, handler: Handler<E>): void {
    const known = this.#handlers.get(type);
    const given = typeof handler === "function" ? handler : null;
    if (known !== undefined && given !== null) {
      known.handler = given;
    } else if (known !== undefined) {
      this.#handlers.delete(type);
      super.removeEventListener(type, known.caller);
    } else if (given !== null) {
      const entry = {
        handler: given,
        caller: (event: Event): void => {
          entry.handler.call(this, event as E);
        },
      };
      this.#handlers.set(type, entry);
      super.addEventListener(type, entry.caller);
    }
  }
}

Object.assign(EventSourceClient.prototype, { CONNECTING: 0, OPEN: 1, CLOSED: 2 });

function toUrl(url: string | URL): string {
  try {
    return new URL(url).href;
  } catch {
    const isRequest = typeof url === "object" && "headers" in url;
    throw new DOMException(
      isRequest
        ? "EventSource.Client: expected a URL, got a request; to answer one, use new EventSource(request, response)"
        : `${String(url)} is not an absolute URL`,
      "SyntaxError",
    );
  }
}

/** Returns the standard's options of a request for an event stream (WHATWG HTML §9.2.2). */
function initOf(withCredentials: boolean) {
  return {
    mode: "cors",
    credentials: withCredentials ? "include" : "same-origin",
    cache: "no-store",
    redirect: "follow",
  } as const;
}

function withId(fields: Headers, lastEventId: string): Headers {
  const headers = new Headers(fields);
  if (lastEventId !== "") headers.set("Last-Event-ID", lastEventId);
  return headers;
}
