/**
 * A server's end of an event stream: events in, transport actions out. It knows neither HTTP nor a clock: the response's head is the
 * adapter's, time comes by `fireTimer`. Two states and a way in need no chart.
 */
import type { Timer, TransportActions } from "../../actions.ts";
import { WriteBuffer } from "../../connection/buffer/write-buffer.ts";
import { slabOf } from "../../connection/buffer/slab.ts";
import { unrecognized } from "../../names.ts";
import type { Platform } from "../../platform.ts";
import { ProtocolViolation, UsageError } from "../../violation.ts";
import { encodeComment, encodeEvent, encodeRetry, type EventFields, PING } from "./encode.ts";

/** What an event stream asks for and emits: a part of the vocabulary of {@link TransportActions}, since nothing is read. */
export interface EventSourceActions extends Pick<
  TransportActions,
  "write" | "writeMany" | "endTransport" | "destroyTransport" | "setTimer" | "clearTimer"
> {
  /** The reader is too slow: more waits than the limit allows. `onClose` follows. */
  onViolation(violation: ProtocolViolation): void;
  /** Exactly once, and last; `clean` when it was `close()` that ended it. */
  onClose(clean: boolean): void;
}

/** What an event stream may be told. */
export interface EventSourceConnectionOptions {
  /** How long the client is to wait before it comes back, in milliseconds: sent first. @defaultValue 0: not sent, the client's own time counts */
  readonly retry: number;
  /** How often to send an empty comment, in milliseconds. @defaultValue 0: never */
  readonly pingInterval: number;
  /**
   * The most output that may wait for a slow reader, in bytes; beyond it the stream is dropped, so that the reader comes back and asks for
   * what it has missed.
   * @defaultValue 16_777_216 (16 MiB): a reader that far behind gains more by coming back
   */
  readonly maxBufferedBytes: number;
}

/** The options of a server's event stream that is given none. */
export const DEFAULT_EVENT_SOURCE_OPTIONS: EventSourceConnectionOptions = {
  retry: 0,
  pingInterval: 0,
  maxBufferedBytes: 16_777_216,
};

/** What an application may do with an event stream, and what its transport tells it. */
export interface EventSourceConnection {
  // Inputs: what happened.

  /** The transport is gone: the reader left, or the network did. Idempotent. */
  receiveError(): void;
  /** The transport now holds `bytes` that have not left. Told after writes and when they drain. */
  receiveBacklog(bytes: number): void;
  /** A timer set by `setTimer` is due. One that no longer matters is ignored. */
  fireTimer(timer: Timer): void;

  // Commands: what the application wants. Those that write return false once closed, and write nothing.

  /** The response's head is written or will be: begins the stream. To be called once, before the other commands. */
  open(): void;
  /** @throws {UsageError} as `encodeEvent` does; nothing is sent then. */
  send(data: string, fields?: EventFields): boolean;
  /** Sends whole blocks that are encoded already, by reference: the same bytes may go to many. Do not change them afterwards. */
  sendEncoded(bytes: Uint8Array): boolean;
  comment(text: string): boolean;
  /** Sends an empty comment. */
  ping(): boolean;
  /** Ends the transport after what was sent. Does nothing once closed. */
  close(): void;
  /** Destroys the transport, also one that a `close()` has ended while the last bytes leave: they are lost. */
  terminate(): void;
  /** Holds output back until the matching `uncork()`. Nests. */
  cork(): void;
  uncork(): void;

  readonly state: "connecting" | "open" | "closed";
  /** Bytes of output held in the connection: corked, not yet given to `write`. */
  readonly bufferedBytes: number;
}

/** After `close()`, how long the last bytes may stand still before the transport is dropped, in milliseconds, as for a WebSocket. */
const CLOSE_TIMEOUT = 30_000;

/** Text beyond this is encoded into memory of its own: the outbox reserves three bytes a character. */
const LONG_TEXT = 16_384;

/**
 * Makes a server's end of an event stream.
 * @throws {UsageError} for an option whose value is no whole number from 0, or whose name is unknown.
 */
export function createEventSourceConnection(
  actions: EventSourceActions,
  platform: Platform,
  options?: Partial<EventSourceConnectionOptions>,
): EventSourceConnection {
  return new EventSourceMachine(actions, platform, resolveEventSourceOptions(options));
}

/** Fills in defaults and checks every value, once for options that are shared. @throws {UsageError} naming the option. */
export function resolveEventSourceOptions(
  given: Partial<EventSourceConnectionOptions> | undefined,
): EventSourceConnectionOptions {
  if (given === undefined) return DEFAULT_EVENT_SOURCE_OPTIONS;
  if (resolved.has(given)) return given as EventSourceConnectionOptions;
  const options: Record<string, number> = { ...DEFAULT_EVENT_SOURCE_OPTIONS };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const least = name === "maxBufferedBytes" ? 1 : 0;
    const most = name === "pingInterval" ? 0x7fffffff : Number.MAX_SAFE_INTEGER;
    if (!Object.hasOwn(DEFAULT_EVENT_SOURCE_OPTIONS, name))
      throw new UsageError(unrecognized(name, Object.keys(DEFAULT_EVENT_SOURCE_OPTIONS)));
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new UsageError(
        `${name}: expected a whole number from ${least} to ${most}, got ${String(value)}`,
      );
    }
    options[name] = value;
  }
  resolved.add(options as never);
  return options as unknown as EventSourceConnectionOptions;
}

const resolved = new WeakSet<Partial<EventSourceConnectionOptions>>([DEFAULT_EVENT_SOURCE_OPTIONS]);

class EventSourceMachine implements EventSourceConnection {
  state: "connecting" | "open" | "closed" = "connecting";
  private readonly actions: EventSourceActions;
  private readonly platform: Platform;
  private readonly options: EventSourceConnectionOptions;
  private readonly outbox: WriteBuffer;
  private corks = 0;
  private backlog = 0; // what the transport holds
  private lingering = 0; // what it held when the "close" timer was set

  constructor(
    actions: EventSourceActions,
    platform: Platform,
    options: EventSourceConnectionOptions,
  ) {
    this.actions = actions;
    this.platform = platform;
    this.options = options;
    this.outbox = new WriteBuffer(slabOf(platform), actions);
  }

  get bufferedBytes(): number {
    return this.outbox.size;
  }

  // Inputs.

  receiveError(): void {
    if (this.state === "closed") this.receiveBacklog(0);
    else this.end(false);
  }

  receiveBacklog(bytes: number): void {
    this.backlog = bytes;
    if (bytes > 0 || this.lingering === 0) return;
    this.lingering = 0;
    this.actions.clearTimer("close");
  }

  fireTimer(timer: Timer): void {
    if (timer === "ping" && this.state === "open") {
      this.actions.setTimer("ping", this.options.pingInterval);
      this.ping();
    } else if (timer === "close" && this.lingering > 0) this.linger();
  }

  // Commands.

  open(): void {
    if (this.state !== "connecting")
      throw new UsageError("open: the event stream has been opened already");
    this.state = "open";
    const { retry, pingInterval } = this.options;
    if (pingInterval > 0) this.actions.setTimer("ping", pingInterval);
    if (retry > 0) this.put(encodeRetry(retry));
  }

  send(data: string, fields?: EventFields): boolean {
    return this.state === "open" && this.put(encodeEvent(data, fields));
  }

  sendEncoded(bytes: Uint8Array): boolean {
    if (this.state !== "open") return false;
    this.outbox.attach(bytes);
    return this.settle();
  }

  comment(text: string): boolean {
    return this.state === "open" && this.put(encodeComment(text));
  }

  ping(): boolean {
    return this.state === "open" && this.put(PING);
  }

  close(): void {
    if (this.state === "closed") return;
    this.outbox.flush();
    if (this.isOver()) return; // the last write was one too many
    this.actions.endTransport();
    this.end(true);
  }

  terminate(): void {
    if (this.state !== "closed") {
      this.actions.destroyTransport();
      this.end(false);
    } else if (this.lingering > 0) {
      this.receiveBacklog(0);
      this.actions.destroyTransport();
    }
  }

  cork(): void {
    this.corks++;
  }

  uncork(): void {
    if (this.corks > 0 && --this.corks === 0 && this.state !== "closed") this.settle();
  }

  private put(text: string): boolean {
    const { outbox, platform } = this;
    if (text.length > LONG_TEXT) outbox.attach(platform.encodeUtf8(text));
    else {
      const most = text.length * 3;
      const offset = outbox.reserve(most);
      outbox.release(most - platform.encodeUtf8Into(text, outbox.bytes, offset));
    }
    return this.settle();
  }

  /** Ends a command: writes what was gathered, unless it is held back. Returns false if that went beyond the limit. */
  private settle(): boolean {
    if (this.corks === 0) this.outbox.flush();
    return !this.isOver();
  }

  private isOver(): boolean {
    const { maxBufferedBytes } = this.options;
    if (this.outbox.size + this.backlog <= maxBufferedBytes) return false;
    this.outbox.discard();
    this.actions.destroyTransport();
    this.end(false, new ProtocolViolation("output-overflow", maxBufferedBytes));
    return true;
  }

  /** Waits for the last bytes, as long as they move: a reader that has gone without a word would otherwise hold them, and us, for ever. */
  private linger(): void {
    if (this.lingering > 0 && this.backlog >= this.lingering) {
      this.lingering = 0;
      return this.actions.destroyTransport();
    }
    this.lingering = this.backlog;
    this.actions.setTimer("close", CLOSE_TIMEOUT);
  }

  private end(clean: boolean, violation?: ProtocolViolation): void {
    this.state = "closed";
    this.outbox.discard();
    if (!clean) this.backlog = 0;
    if (this.options.pingInterval > 0) this.actions.clearTimer("ping");
    if (this.backlog > 0) this.linger();
    if (violation !== undefined) this.actions.onViolation(violation);
    this.actions.onClose(clean);
  }
}
