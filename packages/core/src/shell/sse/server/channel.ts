import { encodeComment, encodeEvent } from "../../../sse/server/encode.ts";
import { EventHistory } from "../../../sse/server/history.ts";
import { type EventSource, jsonOf, SOURCE, textOf } from "./event-source.ts";
import { readFields, type SendOptions } from "./options.ts";
import type { SourceWatcher } from "./session.ts";
import { checkOptions } from "../../../names.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { sendEach } from "./send-all.ts";

/** An event with what goes with it. */
export interface ChannelEvent extends SendOptions {
  readonly data: unknown;
}

type Events = Iterable<ChannelEvent> | AsyncIterable<ChannelEvent>;

/** What answers `Last-Event-ID`. */
export interface HistoryOptions {
  /** How many events to keep. Only those with an id are: no client could ask for what came after another. @defaultValue 0 */
  readonly size?: number | undefined;
  /**
   * Gives the events after the one with the id `lastEventId`, from a store, when it is not among those kept; nothing if it is not known there either.
   * Then all that is kept is sent. What the channel sends meanwhile waits, and what both have is sent once.
   */
  readonly since?:
    | ((lastEventId: string) => Events | null | undefined | Promise<Events | null | undefined>)
    | undefined;
}

/** What a channel may be told. */
export interface ChannelOptions {
  readonly history?: HistoryOptions | undefined;
}

interface Block {
  readonly id: string | undefined;
  readonly bytes: Uint8Array;
}

/** What a reader is sent once it has caught up. */
interface Waiting {
  blocks: Block[];
  size: number; // in bytes
}

/**
 * Sends events to many readers, encoding each once: all share its bytes. Readers leave by themselves when they close. A slow one costs the others
 * nothing: it is dropped at its `maxBufferedBytes`, comes back, and is sent what it has missed.
 */
export class EventChannel implements Iterable<EventSource> {
  private readonly runtime: Runtime;
  private readonly kept: EventHistory | undefined;
  private readonly since: HistoryOptions["since"];
  /** Each with what waits until it has been sent what it missed; nothing waits for most. */
  private readonly readers = new Map<EventSource, Waiting | undefined>();
  private readonly watcher: SourceWatcher;
  /** What is being sent, and what is to follow because a listener sent it meanwhile. */
  private sending: Block[] | undefined = undefined;
  /** Who was added while an event was sent: it came before them. */
  private late: Set<EventSource> | undefined = undefined;

  /** @throws {UsageError} for an option that is not known. */
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

  /** How many readers there are. */
  get size(): number {
    return this.readers.size;
  }

  [Symbol.iterator](): IterableIterator<EventSource> {
    return this.readers.keys();
  }

  has(source: EventSource): boolean {
    return this.readers.has(source);
  }

  /** Adds a reader. One that has come back is sent what it missed first. Does nothing for one that is closed or here already. */
  add(source: EventSource): this {
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

  /** In order, for all: what a listener sends because a slow reader was dropped waits until the others have what dropped it. */
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

  /** Sends what the store has, and after it what came meanwhile. */
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
    const send = ({ data, event, id: given, retry }: ChannelEvent): boolean => {
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

  /** Whether the reader is still here, and has not left and come again. */
  private awaits(source: EventSource, waiting: Waiting): boolean {
    return this.readers.get(source) === waiting;
  }
}

/** A store that takes too long is as a reader that does. */
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
