import { prepare, type PreparedMessage } from "../../connection/send/prepared.ts";
import { Cursors } from "../../topics/cursor.ts";
import { type LogLimits, TopicLog } from "../../topics/log.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { TopicMessage } from "./message.ts";
import type { Rules } from "./rules.ts";
import type { Subscriber } from "./subscriber.ts";

/** Where a subscriber stands: all is there that it missed, or not. */
export interface Resumed {
  /** False where some of what it missed is not known any more: it must start anew. */
  readonly complete: boolean;
  /** Where it stands before what follows. */
  readonly cursor: string;
}

/** How one comes back. */
export interface Returning {
  /** The cursor of the last message it has; `undefined` for one that is new. */
  readonly after: string | undefined;
  /** Told once its place is known, before it is sent what it missed. */
  readonly resumed: (place: Resumed) => void;
}

/** What an archive does with messages. */
export interface ArchiveInit {
  readonly runtime: Runtime;
  readonly rules: Rules;
  /** The HMAC-SHA-256 of bytes, by which cursors are signed. */
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  /** Sends to all subscribers of a topic but some. @returns to how many */
  readonly deliver: (
    message: TopicMessage,
    isLeftOut: ((subscriber: Subscriber) => boolean) | undefined,
  ) => number;
  /** Sends to one. */
  readonly give: (subscriber: Subscriber, message: TopicMessage) => void;
  /** How many subscribers a topic has. */
  readonly size: (topic: string) => number;
}

/** What keeps topics with a history. */
export interface Archive {
  /** @returns how many subscribers of this process it was or will be sent to */
  publish(
    topic: string,
    plain: PreparedMessage,
    limits: LogLimits,
    isLeftOut: ((subscriber: Subscriber) => boolean) | undefined,
  ): number;
  /** A message of another process that came by the backplane. */
  receive(topic: string, plain: PreparedMessage, limits: LogLimits): void;
  /** A subscriber has come, or come back. It is subscribed already. */
  arrive(subscriber: Subscriber, topic: string, limits: LogLimits, returning: Returning): void;
  leave(subscriber: Subscriber, topic: string): void;
  /** What one says that has seen all of a topic; `undefined` where that is not known. */
  cursor(topic: string): string | undefined;
  /** Somebody here wants what `pattern` covers. */
  want(pattern: string): void;
  unwant(pattern: string): void;
  readonly counters: { readonly unsent: number; readonly lost: number };
  close(): void;
}

/** How often what is too old is dropped, in milliseconds. */
const SWEEP = 5000;

/** What both archives do: place those who come back. */
export class Places {
  readonly cursors: Cursors;
  private readonly init: ArchiveInit;

  constructor(init: ArchiveInit) {
    this.init = init;
    this.cursors = new Cursors(init.runtime.platform, init.sign);
  }

  messageOf(topic: string, plain: PreparedMessage, position: string): TopicMessage {
    const cursor = this.cursors.write(topic, position);
    return new TopicMessage(this.init.runtime.platform, topic, plain, cursor);
  }

  /** Says where it stands, and sends what it missed. */
  resume(
    subscriber: Subscriber,
    cursor: string,
    missed: readonly TopicMessage[],
    { resumed }: Returning,
  ): void {
    resumed({ complete: true, cursor });
    for (const message of missed) this.init.give(subscriber, message);
  }

  /** Says that it stands at `position`, and whether it knows all that was before. */
  place(topic: string, position: string, { after, resumed }: Returning): void {
    resumed({ complete: after === undefined, cursor: this.cursors.write(topic, position) });
  }
}

/** Keeps histories in this process: who comes back to another one must start anew. */
export class MemoryArchive implements Archive {
  readonly counters = { unsent: 0, lost: 0 };
  private readonly init: ArchiveInit;
  private readonly places: Places;
  private readonly logs = new Map<string, TopicLog<TopicMessage>>();
  private era = 0;
  private timer: unknown = undefined;

  constructor(init: ArchiveInit) {
    this.init = init;
    this.places = new Places(init);
  }

  publish(
    topic: string,
    plain: PreparedMessage,
    limits: LogLimits,
    isLeftOut: ((subscriber: Subscriber) => boolean) | undefined,
  ): number {
    const log = this.logOf(topic, limits);
    const [era, number] = log.end.split("-");
    const position = `${era}-${Number(number) + 1}`;
    const message = this.places.messageOf(topic, plain, position);
    log.add(position, message, message.payload.length, Date.now());
    return this.init.deliver(message, isLeftOut);
  }

  receive(topic: string, plain: PreparedMessage, limits: LogLimits): void {
    this.publish(topic, plain, limits, undefined);
  }

  arrive(subscriber: Subscriber, topic: string, limits: LogLimits, returning: Returning): void {
    const log = this.logOf(topic, limits);
    const { after } = returning;
    const position = after === undefined ? undefined : this.places.cursors.read(topic, after);
    const missed = position === undefined ? undefined : log.since(position, Date.now());
    if (missed === undefined) this.places.place(topic, log.end, returning);
    else this.places.resume(subscriber, after!, missed, returning);
  }

  leave(): void {}
  want(): void {}
  unwant(): void {}

  cursor(topic: string): string | undefined {
    const log = this.logs.get(topic);
    return log === undefined ? undefined : this.places.cursors.write(topic, log.end);
  }

  close(): void {
    this.init.runtime.clearTimeout(this.timer);
    this.timer = undefined;
    this.logs.clear();
  }

  private logOf(topic: string, limits: LogLimits): TopicLog<TopicMessage> {
    let log = this.logs.get(topic);
    if (log !== undefined) return log;
    // One that is begun again has other positions than before.
    this.era = Math.max(this.era + 1, Date.now());
    this.logs.set(topic, (log = new TopicLog(limits, `${this.era}-0`)));
    this.timer ??= this.init.runtime.setTimeout(() => {
      this.sweep();
    }, SWEEP);
    return log;
  }

  /** Forgets what is too old, and topics of which nothing is left. */
  private sweep(): void {
    const now = Date.now();
    for (const [topic, log] of this.logs) {
      log.trim(now);
      if (log.length === 0 && this.init.size(topic) === 0) this.logs.delete(topic);
    }
    this.timer =
      this.logs.size === 0
        ? undefined
        : this.init.runtime.setTimeout(() => {
            this.sweep();
          }, SWEEP);
  }
}

/** A message of which only bytes are there. */
export const plainOf = (kind: "text" | "binary", payload: Uint8Array): PreparedMessage =>
  prepare(payload, { binary: kind === "binary" });
