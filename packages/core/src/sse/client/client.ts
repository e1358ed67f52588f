/**
 * The client side of server-sent events (WHATWG HTML §9.2): when to request, how to read the response, when to request again.
 * It knows no HTTP beyond a status and a media type, and no clock: its driver makes requests and runs the timer.
 */
import { latin1Of } from "../../http/latin1.ts";
import { isFieldValue } from "../../http/tokens.ts";
import type { Platform } from "../../platform.ts";
import { EventSourceError } from "./error.ts";
import { type EventStreamClientOptions, MAX_DELAY, resolveClientOptions } from "./options.ts";
import { EventStreamDecoder, type EventStreamOverflow, type EventStreamSink } from "./decoder.ts";

/** The clock a client may set. */
export type EventStreamClientTimer = "reconnect";

/** The effects and events of a client. They may call its commands, but not its inputs. */
export interface EventStreamClientActions {
  /**
   * Makes a request for the stream, and reports its progress by the inputs. Drop all further input of an earlier request.
   * @param lastEventId the value of `Last-Event-ID`, one character an octet of its UTF-8; `""` leaves the field out
   */
  request(lastEventId: string): void;
  /** Drops the request, or the rest of its response. Report no more of it. */
  abandonRequest(): void;
  /** Starts the timer: call `fireTimer` when due. */
  setTimer(timer: EventStreamClientTimer, milliseconds: number): void;
  clearTimer(timer: EventStreamClientTimer): void;
  /** The stream is open. Once for each connection. */
  onOpen(): void;
  onEvent(type: string, data: string, lastEventId: string): void;
  /** A comment: the client decodes comments only for an object with this method. */
  onComment?(text: string): void;
  /** The stream has ended or did not open. The client's state shows what follows: `"waiting"` to connect again, or `"closed"`. */
  onError(error: EventSourceError): void;
}

/** Not started; waiting for a response; reading a stream; waiting to request again; done. */
export type EventStreamClientState = "idle" | "connecting" | "open" | "waiting" | "closed";

/** The parts of a response that a client reads. */
export interface EventStreamResponse {
  readonly status: number;
  /** The value of `Content-Type`; `null` where there is none. */
  readonly contentType: string | null;
}

/**
 * Reads an event stream and connects again when it ends, with the id of the last event.
 *
 * Once started, there is one request, or one timer, or the client is closed.
 */
export class EventStreamClient implements EventStreamSink {
  /** Whether comments are emitted, and so decoded at all. */
  readonly onComment?: (text: string) => void;
  private readonly actions: EventStreamClientActions;
  private readonly platform: Platform;
  private readonly options: EventStreamClientOptions;
  private phase: EventStreamClientState = "idle";
  private decoder: EventStreamDecoder | undefined = undefined;
  private id: string;
  private delay: number;
  private failures = 0; // attempts since a stream last opened

  /** Does nothing yet: `connect()` starts. @throws {UsageError} for an option that is out of range. */
  constructor(
    actions: EventStreamClientActions,
    platform: Platform,
    options?: Partial<EventStreamClientOptions>,
  ) {
    this.actions = actions;
    this.platform = platform;
    this.options = resolveClientOptions(options);
    this.id = this.options.lastEventId;
    this.delay = this.options.reconnectDelay;
    if (actions.onComment !== undefined)
      this.onComment = (text) => {
        actions.onComment!(text);
      };
  }

  get state(): EventStreamClientState {
    return this.phase;
  }

  /** The id that a request would send now. */
  get lastEventId(): string {
    return this.decoder?.lastEventId ?? this.id;
  }

  // Commands.

  /** Starts. While waiting to connect again: does so now. */
  connect(): void {
    if (this.phase === "waiting") this.actions.clearTimer("reconnect");
    else if (this.phase !== "idle") return;
    this.request();
  }

  /** Ends everything; nothing is emitted after. */
  close(): void {
    const { phase } = this;
    if (phase === "closed") return;
    this.finish("closed");
    if (phase === "waiting") this.actions.clearTimer("reconnect");
    else if (phase !== "idle") this.actions.abandonRequest();
  }

  // Inputs of the request.

  /** A response came, after redirects. {@link receive} takes its body, unless the client dropped it. */
  receiveResponse({ status, contentType }: EventStreamResponse): void {
    if (this.phase !== "connecting") return;
    if (status !== 200) {
      const error = new EventSourceError("bad-status", String(status), status);
      return this.options.reconnectStatuses.includes(status)
        ? this.lose(error, true)
        : this.fail(error);
    }
    if (!isEventStream(contentType))
      return this.fail(
        new EventSourceError("bad-content-type", contentType ?? "it has none", status),
      );
    this.phase = "open";
    this.failures = 0;
    this.decoder = new EventStreamDecoder(this, this.platform, this.options, this.id);
    this.actions.onOpen();
  }

  /** The next piece of the body. `bytes` is lent until the call returns. */
  receive(bytes: Uint8Array): void {
    this.decoder?.push(bytes);
  }

  /** The body has ended in an orderly way. */
  receiveEnd(): void {
    this.lose(new EventSourceError("stream-ended"), false);
  }

  /** The request could not be made, or its response has broken off. */
  receiveError(cause: unknown, words: string = messageOf(cause)): void {
    const code = this.phase === "connecting" ? "connection-failed" : "stream-lost";
    this.lose(new EventSourceError(code, words, undefined, cause), false);
  }

  /** The timer is due. */
  fireTimer(_timer: EventStreamClientTimer): void {
    if (this.phase === "waiting") this.request();
  }

  // EventStreamSink: events of the decoder.

  onEvent(type: string, data: string, lastEventId: string): void {
    this.actions.onEvent(type, data, lastEventId);
  }

  onRetry(milliseconds: number): void {
    this.delay = Math.min(milliseconds, MAX_DELAY);
  }

  onOverflow(code: EventStreamOverflow, limit: number): void {
    // To another request the server would send the same again.
    this.fail(new EventSourceError(code, `more than ${limit} bytes`));
  }

  private request(): void {
    this.phase = "connecting";
    this.actions.request(fieldOf(this.platform, this.id));
  }

  /** Reestablishes the connection (WHATWG HTML §9.2.3). @param pending whether the request must be dropped first */
  private lose(error: EventSourceError, pending: boolean): void {
    if (this.phase !== "connecting" && this.phase !== "open") return;
    const wait = this.nextDelay();
    this.finish("waiting");
    if (pending) this.actions.abandonRequest();
    this.actions.setTimer("reconnect", wait);
    this.actions.onError(error);
  }

  /** Fails the connection: for good. */
  private fail(error: EventSourceError): void {
    this.finish("closed");
    this.actions.abandonRequest();
    this.actions.onError(error);
  }

  private finish(phase: "waiting" | "closed"): void {
    this.id = this.lastEventId;
    this.phase = phase;
    this.decoder?.stop();
    this.decoder = undefined;
  }

  private nextDelay(): number {
    const { backoff, maxReconnectDelay, jitter } = this.options;
    const { delay } = this;
    const grown = Math.max(
      delay,
      Math.min(delay * Math.min(backoff ** this.failures, Number.MAX_VALUE), maxReconnectDelay),
    );
    this.failures++;
    return jitter === 0 ? grown : Math.round(grown * (1 - jitter * this.random()));
  }

  /** A number from 0 up to 1. */
  private random(): number {
    const bytes = this.platform.allocate(2);
    this.platform.randomFill(bytes);
    return ((bytes[0]! << 8) | bytes[1]!) / 65_536;
  }
}

/** Whether the media type is `text/event-stream`, whatever its parameters. */
function isEventStream(contentType: string | null): boolean {
  return (
    contentType !== null &&
    contentType.split(";", 1)[0]!.trim().toLowerCase() === "text/event-stream"
  );
}

/** An id as the value of a header field. One with control characters cannot be sent in HTTP (RFC 9110 §5.5), and is left out. */
function fieldOf(platform: Platform, id: string): string {
  const bytes = platform.encodeUtf8(id);
  const value = latin1Of(bytes, 0, bytes.length);
  return isFieldValue(value) ? value : "";
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
