import { encodeComment, encodeEvent } from "../../../sse/server/encode.ts";
import { EventHistory } from "../../../sse/server/history.ts";
import { type EventSource, jsonOf, SOURCE, textOf } from "./event-source.ts";
import { readFields, type SendOptions } from "./options.ts";
import type { SourceWatcher } from "./session.ts";
import { checkOptions } from "../../../names.ts";
import { UsageError } from "../../../violation.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { sendEach } from "./send-all.ts";

/** An event: its data and its fields. */
export interface ChannelEvent extends SendOptions {
  readonly data: unknown;
}

type Events = Iterable<ChannelEvent> | AsyncIterable<ChannelEvent>;

/** Options of a channel's history, from which it answers `Last-Event-ID`. */
export interface HistoryOptions {
  /** How many events to keep. The channel keeps only events with an id, since clients ask by id. @defaultValue 0 */
  readonly size?: number | undefined;
  /**
   * Returns the events after the one with the id `lastEventId` from a store, if the channel does not keep that one; nothing if the store does not know
   * it either, and then the channel sends all events it keeps. Events that it sends meanwhile wait; an event that both have goes once.
   */
  readonly since?:
    | ((lastEventId: string) => Events | null | undefined | Promise<Events | null | undefined>)
    | undefined;
}

/** Options of a channel. */
export interface ChannelOptions {
  readonly history?: HistoryOptions | undefined;
}

interface Block {
  readonly id: string | undefined;
  readonly bytes: Uint8Array;
}

const shown = (value: object | null | undefined): string =>
  typeof value === "object" && value !== null && "source" in value
    ? "an object that has a source: give that"
    : Object.prototype.toString.call(value);

/** Events for a reader, which wait until it has caught up. */
interface Waiting {
  blocks: Block[];
  size: number; // in bytes
}

/**
 * Sends events to many readers, and encodes each event once: all readers share its bytes. A reader that closes leaves by itself. A slow reader does not
 * delay the others: it is dropped at its `maxBufferedBytes`, connects again, and gets the events it has missed.
 */
export class EventChannel implements Iterable<EventSource> {
  private readonly runtime: Runtime;
  private readonly kept: EventHistory | undefined;
  private readonly since: HistoryOptions["since"];
  /** The readers; each that is still catching up has a list of events that wait. */
  private readonly readers = new Map<EventSource, Waiting | undefined>();
  private readonly watcher: SourceWatcher;
  /** The event under way, and those that a listener sends meanwhile. */
  private sending: Block[] | undefined = undefined;
  /** Readers added while an event was under way: it came before them. */
  private late: Set<EventSource> | undefined = undefined;

  /** @throws {UsageError} for an unknown option. */
  constructor(runtime: Runtime, options: ChannelOptions = {}) {
    checkOptions("channel", options, ["history"]);
    checkOptions("channel: history", options.history, ["size", "since"]);
    const { size = 0, since } = options.history ?? {};
    const { readers } = this;
    this.runtime = runtime;
    this.kept = size === 0 ? undefined : new EventHistory(size);
    this.since = since;
    this.watcher = {
      closed: (source: EventSource) => {
        readers.delete(source);
      },
    };
  }

  /** The number of readers. */
  get size(): number {
    return this.readers.size;
  }

  [Symbol.iterator](): IterableIterator<EventSource> {
    return this.readers.keys();
  }

  has(source: EventSource): boolean {
    return this.readers.has(source);
  }

  /** Adds a reader; a returning one first gets the events it missed. Ignores one that is closed or has been added already. */
  add(source: EventSource): this {
    if (typeof source !== "object" || (source as unknown) === null || !(SOURCE in source))
      throw new UsageError(
        `channel.add: expected a server's EventSource, or the source of eventSource(), got ${shown(source)}`,
      );
    if (!source.writable || this.readers.has(source)) return this;
    this.readers.set(source, undefined);
    if (this.sending !== undefined) (this.late ??= new Set()).add(source);
    source[SOURCE].watch(this.watcher);
    if (source.lastEventId !== "" && (this.kept !== undefined || this.since !== undefined))
      this.catchUp(source);
    return this;
  }

  /** Removes a reader, and leaves it open. */
  remove(source: EventSource): boolean {
    source[SOURCE].unwatch(this.watcher);
    return this.readers.delete(source);
  }

  /** Sends an event to all. @throws {TypeError} for a line break or NUL in `event` or `id`: nothing is sent then. @see EventSource.send */
  send(data: unknown, options?: SendOptions | null): void {
    this.deliver(this.encode(data, options));
  }

  /** @see EventSource.sendJSON */
  sendJSON(value: unknown, options?: SendOptions | null): void {
    this.send(jsonOf(value), options);
  }

  /** @see EventSource.comment */
  comment(text: string): void {
    this.deliver({
      id: undefined,
      bytes: this.runtime.platform.encodeUtf8(encodeComment(String(text))),
    });
  }

  /** Closes all readers. More may be added. */
  close(): void {
    for (const source of [...this.readers.keys()]) source.close();
  }

  private encode(data: unknown, options: SendOptions | null | undefined): Block {
    const fields = readFields(options);
    return {
      id: fields?.id as string | undefined,
      bytes: this.runtime.platform.encodeUtf8(encodeEvent(textOf(data), fields)),
    };
  }

  /** Sends to all in the same order: if dropping a slow reader makes a listener send, that event waits until all have this one. */
  private deliver(block: Block): void {
    if (this.sending !== undefined) return void this.sending.push(block);
    const blocks = (this.sending = [block]);
    try {
      for (const next of blocks) this.deliverOne(next);
    } finally {
      this.sending = undefined;
    }
  }

  private deliverOne(block: Block): void {
    if (block.id !== undefined) this.kept?.add(block.id, block.bytes);
    for (const [source, waiting] of this.readers) {
      if (this.late?.has(source) === true) continue;
      if (waiting === undefined) give(source, block.bytes);
      else hold(source, waiting, block);
    }
    this.late = undefined;
  }

  private catchUp(source: EventSource): void {
    const known = this.kept?.since(source.lastEventId);
    if (known !== undefined || this.since === undefined) {
      for (const bytes of known ?? this.kept!.all()) give(source, bytes);
      return;
    }
    const waiting: Waiting = { blocks: [], size: 0 };
    this.readers.set(source, waiting);
    this.replay(source, waiting, this.since)
      .catch((error: unknown) => {
        this.runtime.reportError(error);
      })
      .finally(() => {
        this.resume(source, waiting);
      });
  }

  /** Sends the events of the store, and then those that came meanwhile. */
  private async replay(
    source: EventSource,
    waiting: Waiting,
    since: NonNullable<HistoryOptions["since"]>,
  ): Promise<void> {
    const before = this.kept?.all() ?? [];
    const events = await since(source.lastEventId);
    const seen = new Set<string>();
    const wants = (): boolean => this.awaits(source, waiting);
    if (events === null || events === undefined) {
      if (wants()) for (const bytes of before) give(source, bytes);
      return;
    }
    const send = (value: ChannelEvent): boolean => {
      if (typeof value !== "object" || (value as unknown) === null || !("data" in value))
        throw new UsageError(
          `channel: since: expected events such as { data, event, id }, got ${typeof value === "object" ? "an object without data" : typeof value}`,
        );
      const { data, event, id: given, retry } = value;
      const { id, bytes } = this.encode(data, { event, id: given, retry });
      if (id !== undefined) seen.add(id);
      give(source, bytes);
      return !source.writableNeedDrain;
    };
    await sendEach(source[SOURCE], events, { wants, send: send as (event: unknown) => boolean });
    waiting.blocks = waiting.blocks.filter(({ id }) => id === undefined || !seen.has(id));
  }

  private resume(source: EventSource, waiting: Waiting): void {
    if (!this.awaits(source, waiting)) return;
    this.readers.set(source, undefined);
    for (const { bytes } of waiting.blocks) give(source, bytes);
  }

  /** Whether the reader is still here, and has not left and been added again. */
  private awaits(source: EventSource, waiting: Waiting): boolean {
    return this.readers.get(source) === waiting;
  }
}

/** Keeps an event until the store has answered; a slow store counts as a slow reader. */
function hold(source: EventSource, waiting: Waiting, block: Block): void {
  waiting.blocks.push(block);
  waiting.size += block.bytes.length;
  if (waiting.size > source[SOURCE].maxBufferedBytes) source.terminate();
}

function give(source: EventSource, bytes: Uint8Array): void {
  const session = source[SOURCE];
  session.cork();
  session.connection.sendEncoded(bytes);
}

/** Makes `channel` for a runtime. */
export function channelFor(runtime: Runtime): (options?: ChannelOptions) => EventChannel {
  return (options) => new EventChannel(runtime, options);
}
