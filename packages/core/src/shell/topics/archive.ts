import { prepare, type PreparedMessage } from "../../connection/send/prepared.ts";
import { checkNames } from "../../names.ts";
import { Cursors } from "../../topics/cursor.ts";
import { type LogLimits, TopicLog } from "../../topics/log.ts";
import { isPattern } from "../../topics/name.ts";
import { UsageError } from "../../violation.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { TopicMessage } from "./message.ts";
import type { Rules } from "./rules.ts";
import type { Subscriber } from "./subscriber.ts";

/** The place of a subscriber: its cursor, and whether the history has all messages that it missed. */
export interface Resumed {
  /** False if the history no longer has all messages that it missed: it must start anew. */
  readonly complete: boolean;
  /** Its position before the messages that follow. */
  readonly cursor: string;
}

/** A returning subscriber. */
export interface Returning {
  /** The cursor of the last message it has; `undefined` for a new subscriber. */
  readonly after: string | undefined;
  /** Called once with its place, before the messages it missed. */
  readonly resumed: (place: Resumed) => void;
}

/** Options of a subscription. */
export interface SubscribeOptions {
  /** For a topic with a history: the cursor of the last message that the subscriber has. @defaultValue an event stream's `Last-Event-ID`, else none: it is new */
  readonly after?: string | undefined;
  /**
   * Called once with the subscriber's place, before the messages it missed: at once or, with a store, later. If `complete` is false, the history no longer
   * has all of these, and it gets none. @defaultValue an event stream gets the cursor in an event without data, or of the type `reset` if it is not complete
   */
  readonly resumed?: ((place: Resumed) => void) | undefined;
}

const SUBSCRIBE_OPTIONS = ["after", "resumed"] as const;

/** Checks the options of a subscription. @throws {UsageError} for one that does not go with `pattern`. */
export function checkSubscribeOptions(pattern: string, options: SubscribeOptions): void {
  checkNames("subscribe", options, SUBSCRIBE_OPTIONS);
  if (!isPattern(pattern)) return;
  for (const name of SUBSCRIBE_OPTIONS)
    if (options[name] !== undefined)
      throw new UsageError(
        `subscribe: ${name} goes with a topic's whole name, got ${JSON.stringify(pattern)}: nobody resumes a pattern`,
      );
}

/** The functions that an archive calls. */
export interface ArchiveInit {
  readonly runtime: Runtime;
  readonly rules: Rules;
  /** Returns the HMAC-SHA-256 of bytes, which signs cursors. */
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  /** Sends to all subscribers of a topic except some. @returns the number of receivers */
  readonly deliver: (
    message: TopicMessage,
    isLeftOut: ((subscriber: Subscriber) => boolean) | undefined,
  ) => number;
  /** Sends to one subscriber. */
  readonly give: (subscriber: Subscriber, message: TopicMessage) => void;
  /** Returns the number of a topic's subscribers. */
  readonly size: (topic: string) => number;
  /** The store is lost, or back. */
  readonly degraded: (isLost: boolean) => void;
}

/** Keeps the histories of topics. */
export interface Archive {
  /** Publishes a message. @returns the number of receivers in this process */
  publish(
    topic: string,
    plain: PreparedMessage,
    limits: LogLimits,
    isLeftOut: ((subscriber: Subscriber) => boolean) | undefined,
  ): number;
  /** Takes a message of another process from the backplane. */
  receive(topic: string, plain: PreparedMessage, limits: LogLimits): void;
  /** Places a new or returning subscriber, which is subscribed already. */
  arrive(subscriber: Subscriber, topic: string, limits: LogLimits, returning: Returning): void;
  leave(subscriber: Subscriber, topic: string): void;
  /** Returns the present cursor of a topic; `undefined` if it is not known. */
  cursor(topic: string): string | undefined;
  /** This process has a subscriber for `pattern`. */
  want(pattern: string): void;
  unwant(pattern: string): void;
  readonly counters: { readonly unsent: number; readonly lost: number };
  close(): void;
}

/** The interval at which old messages are dropped, in milliseconds. */
const SWEEP = 5000;

/** Places returning subscribers, for both archives. */
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

  /** Calls `resumed` with the subscriber's place, and sends the messages it missed. */
  resume(
    subscriber: Subscriber,
    cursor: string,
    missed: readonly TopicMessage[],
    { resumed }: Returning,
  ): void {
    resumed({ complete: true, cursor });
    for (const message of missed) this.init.give(subscriber, message);
  }

  /** Calls `resumed` with `position`, and with whether the subscriber has all messages before it. */
  place(topic: string, position: string, { after, resumed }: Returning): void {
    resumed({ complete: after === undefined, cursor: this.cursors.write(topic, position) });
  }
}

/** Keeps histories in this process: a client that returns to another one must start anew. */
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
    // A topic that begins again has other positions than before.
    this.era = Math.max(this.era + 1, Date.now());
    this.logs.set(topic, (log = new TopicLog(limits, `${this.era}-0`)));
    this.timer ??= this.init.runtime.setTimeout(() => {
      this.sweep();
    }, SWEEP);
    return log;
  }

  /** Drops old messages, and topics without messages. */
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

/** Prepares a message of bytes. */
export const plainOf = (kind: "text" | "binary", payload: Uint8Array): PreparedMessage =>
  prepare(payload, { binary: kind === "binary" });
