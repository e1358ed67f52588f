import {
  createEventSourceConnection,
  type EventSourceActions,
  type EventSourceConnection,
  type EventSourceConnectionOptions,
} from "../../../sse/server/connection.ts";
import type { Timer } from "../../../actions.ts";
import type { EventStreamDecoder } from "../../../sse/client/decoder.ts";
import type { ProtocolViolation } from "../../../violation.ts";
import { streamTap, tellStream } from "../../diagnostics/event-streams.ts";
import { onAbort } from "../../runtime/abort.ts";
import { ErrorEvent, Event } from "../../events/event.ts";
import { recordEventSourceConnection } from "../../../trace/record/event-stream.ts";
import type { TraceSink } from "../../../trace/record/sink.ts";
import { recordingBy } from "../../runtime/recording.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { OwnTopics } from "../../topics/needed.ts";
import type { Transport, TransportListener } from "../../transport/transport.ts";
import { atEndOfTurn, type Corked } from "../../runtime/turn.ts";

/** The part of an `EventSource` that a session uses: where its events go. */
export interface SourceTarget {
  emit(type: string, ...args: unknown[]): unknown;
  dispatchEvent(event: Event): unknown;
}

/** The watcher of a stream, which stays when an application removes all listeners. */
export interface SourceWatcher {
  closed(source: SourceTarget): void;
  drained?(): void;
}

/** The parts of a new stream. */
export interface EventSourceInit {
  readonly runtime: Runtime;
  /** Makes the transport; `undefined` if the client has left already. */
  readonly bind: (listener: TransportListener) => Transport | undefined;
  readonly url: string;
  /** The request's `Last-Event-ID` as it was received. */
  readonly lastEventId: string;
  readonly connection: EventSourceConnectionOptions;
  readonly signal: AbortSignal | undefined;
  readonly record?: TraceSink | undefined;
  /** Its topics. @defaultValue none */
  readonly topics?: OwnTopics | undefined;
}

/**
 * The inside of an `EventSource`, and the driver of its connection: carries actions to the transport and its news back, and turns
 * events of the connection into DOM events. The connection has the state; the session knows whether it has dispatched `open`.
 */
export class EventSourceSession implements EventSourceActions, TransportListener, Corked {
  readonly eventSource: SourceTarget;
  readonly runtime: Runtime;
  readonly url: string;
  readonly lastEventId: string;
  readonly connection: EventSourceConnection;
  readonly maxBufferedBytes: number;
  /** Its topics. */
  readonly topics: OwnTopics | undefined;
  private readonly transport: Transport | undefined;
  private readonly abortedBy: AbortSignal | undefined;
  /** Removes the listener of the signal {@link abortedBy}. */
  private unwait: (() => void) | undefined = undefined;
  private watchers: SourceWatcher[] | undefined = undefined;
  /** Publishes the events, where somebody subscribes to them. */
  private readonly tap: EventStreamDecoder | undefined;
  private opened = false;
  private corked = false;
  private timer: unknown = undefined; // one runs at a time: "ping" while open, then "close"
  /** Aborts when the stream closes; made at the first use. */
  private leaving: AbortController | undefined = undefined;

  constructor(eventSource: SourceTarget, init: EventSourceInit) {
    this.eventSource = eventSource;
    this.runtime = init.runtime;
    this.url = init.url;
    this.lastEventId = init.lastEventId;
    this.topics = init.topics;
    const { runtime, connection } = init;
    const recording = recordingBy(runtime, init.record);
    this.connection =
      recording === undefined
        ? createEventSourceConnection(this, runtime.platform, connection)
        : recordEventSourceConnection(this, runtime.platform, connection, recording);
    this.tap = streamTap(runtime, eventSource);
    this.maxBufferedBytes = init.connection.maxBufferedBytes;
    this.transport = init.bind(this);
    this.abortedBy = init.signal;
  }

  /** Begins, once the `EventSource` has its session. Events sent in this turn leave with the first bytes. */
  start(): void {
    const { connection, abortedBy } = this;
    if (this.transport === undefined || abortedBy?.aborted === true) {
      // Once listeners can have been added.
      this.runtime.queueMicrotask(() => {
        connection.close();
      });
      return;
    }
    if (abortedBy !== undefined)
      this.unwait = onAbort(abortedBy, () => {
        connection.close();
      });
    this.cork();
    const { transport, lastEventId } = this;
    // Before its first bytes, which may be too many.
    tellStream(this.runtime, "open", this.eventSource, () => ({
      address: transport.remoteAddress,
      lastEventId,
    }));
    connection.open();
    this.runtime.queueMicrotask(() => {
      this.dispatchOpen();
    });
  }

  /** Holds output back until the turn ends, so that it leaves in one write. Call it before commands. */
  cork(): void {
    if (this.corked) return;
    this.corked = true;
    this.connection.cork();
    atEndOfTurn(this.runtime, this);
  }

  endTurn(): void {
    this.corked = false;
    this.connection.uncork();
  }

  get readyState(): 0 | 1 | 3 {
    return this.isClosed ? 3 : this.opened ? 1 : 0;
  }

  /** Whether it has closed; true from the beginning if the client had left already. */
  get isClosed(): boolean {
    return this.connection.state !== "open";
  }

  /** Bytes that have not left the process. */
  get bufferedBytes(): number {
    return this.connection.bufferedBytes + (this.transport?.bufferedBytes ?? 0);
  }

  /** Whether a sender should wait: `drain` will follow. */
  get backedUp(): boolean {
    return this.transport?.backedUp === true;
  }

  /** Aborts when the stream closes. */
  get signal(): AbortSignal {
    this.leaving ??= new AbortController();
    if (this.isClosed) this.leaving.abort();
    return this.leaving.signal;
  }

  /** Calls a handler or listener of the `EventSource`, and catches its error. */
  attempt(listener: Function, ...args: unknown[]): void {
    try {
      listener.apply(this.eventSource, args);
    } catch (error) {
      this.runtime.reportError(error);
    }
  }

  /** Calls `watcher` from now on, before listeners. */
  watch(watcher: SourceWatcher): void {
    (this.watchers ??= []).push(watcher);
  }

  unwatch(watcher: SourceWatcher): void {
    this.watchers = this.watchers?.filter((one) => one !== watcher);
  }

  // TransportListener.

  /** Does nothing: a stream reads nothing. */
  onData(): void {}
  /** @see {@link onGone}, which follows. */
  onEnd(): void {}

  onDrain(): void {
    this.connection.receiveBacklog(this.transport!.bufferedBytes);
    if (this.isClosed) return;
    for (const watcher of this.watchers ?? []) watcher.drained?.();
    this.eventSource.emit("drain");
  }

  onGone(cause?: unknown): void {
    if (cause !== undefined && !this.isClosed)
      this.fail(cause instanceof Error ? cause.message : String(cause), cause);
    this.connection.receiveError();
  }

  // EventSourceActions.

  write(bytes: Uint8Array): void {
    this.tap?.push(bytes);
    this.transport!.write(bytes);
    this.connection.receiveBacklog(this.transport!.bufferedBytes);
  }

  writeMany(pieces: readonly Uint8Array[]): void {
    if (this.tap !== undefined) for (const piece of pieces) this.tap.push(piece);
    this.transport!.writeMany(pieces);
    this.connection.receiveBacklog(this.transport!.bufferedBytes);
  }

  endTransport(): void {
    this.transport?.end();
    this.connection.receiveBacklog(this.transport?.bufferedBytes ?? 0);
  }

  destroyTransport(): void {
    this.transport?.destroy();
  }

  setTimer(timer: Timer, milliseconds: number): void {
    this.timer = this.runtime.setTimeout(() => {
      this.timerDue(timer);
    }, milliseconds);
  }

  clearTimer(): void {
    if (this.timer !== undefined) this.runtime.clearTimeout(this.timer);
    this.timer = undefined;
  }

  onViolation(violation: ProtocolViolation): void {
    this.fail(violation.message, violation);
  }

  onClose(wasClean: boolean): void {
    const { watchers } = this;
    this.unwait?.();
    this.watchers = undefined;
    for (const watcher of watchers ?? []) watcher.closed(this.eventSource);
    this.leaving?.abort();
    this.eventSource.dispatchEvent(new Event("close"));
    tellStream(this.runtime, "close", this.eventSource, () => ({ wasClean }));
  }

  private timerDue(timer: Timer): void {
    this.timer = undefined;
    this.connection.receiveBacklog(this.transport!.bufferedBytes);
    this.connection.fireTimer(timer);
  }

  private dispatchOpen(): void {
    if (this.isClosed) return;
    this.opened = true;
    this.eventSource.dispatchEvent(new Event("open"));
  }

  private fail(message: string, error: unknown): void {
    this.eventSource.dispatchEvent(new ErrorEvent(message, error));
    tellStream(this.runtime, "socketError", this.eventSource, () => ({ error }));
  }
}
