/**
 * A server's end of an event stream: events in, transport actions out. It knows neither HTTP nor a clock: the adapter writes
 * the response's head, and `fireTimer` brings the time. Its two states need no chart.
 */
import type { Timer, TransportActions } from "../../actions.ts";
import { WriteBuffer } from "../../connection/buffer/write-buffer.ts";
import { slabOf } from "../../connection/buffer/slab.ts";
import { unrecognized } from "../../names.ts";
import type { Platform } from "../../platform.ts";
import { ProtocolViolation, UsageError } from "../../violation.ts";
import { encodeComment, encodeEvent, encodeRetry, type EventFields, PING } from "./encode.ts";

/** The effects and events of an event stream: a part of {@link TransportActions}, since nothing is read. */
export interface EventSourceActions extends Pick<
  TransportActions,
  "write" | "writeMany" | "endTransport" | "destroyTransport" | "setTimer" | "clearTimer"
> {
  /** The reader is too slow: the waiting output exceeds the limit. `onClose` follows. */
  onViolation(violation: ProtocolViolation): void;
  /** Exactly once, and last; `clean` when `close()` ended it. */
  onClose(clean: boolean): void;
}

/** The options of a server's event stream. */
export interface EventSourceConnectionOptions {
  /** The client's wait before it connects again, in milliseconds: sent first. @defaultValue 0: not sent, the client's own time counts */
  readonly retry: number;
  /** How often to send an empty comment, in milliseconds. @defaultValue 0: never */
  readonly pingInterval: number;
  /**
   * The most output that may wait for a slow reader, in bytes; beyond it the stream is dropped, so that the reader connects again and
   * requests the events it missed.
   * @defaultValue 16_777_216 (16 MiB): a reader that far behind gains more by connecting again
   */
  readonly maxBufferedBytes: number;
}

/** The default options of a server's event stream. */
export const DEFAULT_EVENT_SOURCE_OPTIONS: EventSourceConnectionOptions = {
  retry: 0,
  pingInterval: 0,
  maxBufferedBytes: 16_777_216,
};

/** A server's event stream: the inputs of its transport and the commands of its application. */
export interface EventSourceConnection {
  // Inputs.

  /** The transport is gone: the reader left, or the network did. Idempotent. */
  receiveError(): void;
  /** The transport now holds `bytes` that have not left. Called after writes and when they drain. */
  receiveBacklog(bytes: number): void;
  /** A timer set by `setTimer` is due. One that no longer matters is ignored. */
  fireTimer(timer: Timer): void;

  // Commands of the application. Those that write return false once closed, and write nothing.

  /** Begins the stream, whose response head is written or will be. Call it once, before the other commands. */
  open(): void;
  /** @throws {UsageError} as `encodeEvent` does; nothing is sent then. */
  send(data: string, fields?: EventFields): boolean;
  /** Sends encoded whole blocks by reference: the same bytes may go to many readers. Do not change them afterwards. */
  sendEncoded(bytes: Uint8Array): boolean;
  comment(text: string): boolean;
  /** Sends an empty comment. */
  ping(): boolean;
  /** Ends the transport after all output. Does nothing once closed. */
  close(): void;
  /** Destroys the transport, even while the last bytes leave after `close()`: they are lost. */
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

/** Text beyond this is encoded into memory of its own: the write buffer reserves three bytes a character. */
const LONG_TEXT = 16_384;

/**
 * Makes a server's end of an event stream.
 * @throws {UsageError} for an unknown option, or a value that is no whole number from 0.
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
  private backlog = 0; // bytes that the transport holds
  private lingering = 0; // bytes that it held when the "close" timer was set

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

  /** Ends a command: writes the gathered output, unless corked. Returns false if it exceeded the limit. */
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

  /** Waits for the last bytes while they move: a reader that vanished would otherwise hold them for ever. */
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
