import type { PreparedMessage } from "../../connection/send/prepared.ts";
import { checkNames } from "../../names.ts";
import { encodeId } from "../../sse/server/encode.ts";
import { checkPattern, checkTopic, isPattern } from "../../topics/name.ts";
import { Subscriptions } from "../../topics/subscriptions.ts";
import { UsageError } from "../../violation.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { prepareMessage } from "../server/broadcast.ts";
import type { SourceWatcher } from "../sse/server/session.ts";
import { type EventSource, SOURCE } from "../sse/server/event-source.ts";
import { SESSION, type WebSocket } from "../websocket/websocket.ts";
import type { Backplane } from "./brokers/backplane.ts";
import type { TopicStore } from "./brokers/store.ts";
import {
  type Archive,
  checkSubscribeOptions,
  MemoryArchive,
  plainOf,
  type Resumed,
  type SubscribeOptions,
} from "./archive.ts";
import { Delivery, give } from "./delivery.ts";
import { Link } from "./link.ts";
import { TopicMessage } from "./message.ts";
import { Rules, type TopicRule } from "./rules.ts";
import { StoredArchive } from "./stored-archive.ts";
import {
  checkSubscriber,
  exceptionOf,
  isOver,
  isWebSocket,
  type Subscriber,
} from "./subscriber.ts";

/** Options of `topics()`. The rule for slow subscribers holds for topics that `rules` do not cover. */
export interface TopicsOptions extends TopicRule {
  /** Carries messages to other processes. @defaultValue none: topics of this process */
  readonly backplane?: Backplane | undefined;
  /**
   * How often this process reports its numbers of subscribers, in milliseconds, from 100 to 60000. {@link Topics.count} is right within one
   * interval of a change, and within four after a process was killed.
   * @defaultValue 2000
   */
  readonly presenceInterval?: number | undefined;
  /** Called with true when the broker, or its store, is lost, and with false when both are back. Local delivery goes on meanwhile. */
  readonly onDegraded?: ((isDegraded: boolean) => void) | undefined;
  /** Keeps histories for all processes: a store of `natsHistory` or `redisHistory`. @defaultValue none: each process keeps its own */
  readonly store?: TopicStore | undefined;
  /**
   * Signs cursors: at least 16 bytes, a text's in UTF-8, the same in all processes that share a store. With it, one can read all histories.
   * @defaultValue random: old cursors are invalid after a restart
   */
  readonly secret?: string | Uint8Array | undefined;
  /** Rules of topics by name or pattern; the first that covers a topic holds: `{ "price/*": { slow: "latest" } }`. */
  readonly rules?: Readonly<Record<string, TopicRule>> | undefined;
}

/** Options of a published message. */
export interface PublishOptions {
  /** The subscribers to leave out, such as the sender. @defaultValue none */
  readonly except?: Subscriber | Iterable<Subscriber> | undefined;
  /** Whether extensions may compress it. @defaultValue true */
  readonly compress?: boolean | undefined;
}

/** Counts of dropped messages and subscribers. They only grow. */
export interface TopicsCounters {
  /** Messages that did not go to other processes, since the broker was lost or refused them. */
  readonly unsent: number;
  /** Messages that came twice, or after a later one of their sender. */
  readonly duplicates: number;
  /** How often messages of a topic were lost between the store and this process. */
  readonly lost: number;
  /** Messages that slow subscribers did not get: `slow: "drop"`. */
  readonly dropped: number;
  /** Messages in whose place slow subscribers got a newer one: `slow: "latest"`. */
  readonly replaced: number;
  /** Subscribers that were closed because they were slow: `slow: "close"`. */
  readonly closed: number;
}

/**
 * Keeps subscriptions of sockets and event streams, and publishes to them. It encodes a message once, as `broadcast` does, and with a backplane
 * sends it to the subscribers of other processes too. A subscription ends with its subscriber. In each topic the messages of one publisher stay in
 * order; between processes a message arrives at most once.
 */
export class Topics {
  private readonly runtime: Runtime;
  private readonly table: Subscriptions<Subscriber>;
  private readonly rules: Rules;
  private readonly delivery: Delivery;
  private readonly link: Link | undefined;
  private readonly archive: Archive | undefined;
  /** The `close` listener, shared by all sockets; its `this` is the socket. */
  private readonly leave: (this: WebSocket) => void;
  /** The watcher shared by all event streams. */
  private readonly watcher: SourceWatcher;
  private readonly onDegraded: TopicsOptions["onDegraded"];
  private readonly lost = new Set<"backplane" | "store">();
  private isClosed = false;

  constructor(runtime: Runtime, options: TopicsOptions = {}) {
    const { backplane, presenceInterval, onDegraded, rules, store, secret, ...rule } =
      checkOptions(options);
    this.runtime = runtime;
    this.onDegraded = onDegraded;
    this.rules = new Rules(rule, rules);
    this.delivery = new Delivery(runtime);
    this.archive = this.archiveFor(store, secret);
    this.table = new Subscriptions({
      wanted: (pattern) => {
        if (this.isShared(pattern)) this.link?.want(pattern);
        if (isPattern(pattern) || this.keeps(pattern)) this.archive?.want(pattern);
      },
      unwanted: (pattern) => {
        this.link?.unwant(pattern);
        this.archive?.unwant(pattern);
      },
    });
    const topics = this;
    this.leave = function () {
      topics.unsubscribeAll(this);
    };
    this.watcher = {
      closed: (source: EventSource) => {
        this.unsubscribeAll(source);
      },
    };
    if (backplane === undefined) return;
    this.link = new Link({
      runtime,
      backplane,
      interval: presenceInterval,
      received: (topic, kind, payload) => {
        this.receive(topic, plainOf(kind, payload));
      },
      degraded: this.watching("backplane"),
    });
  }

  /**
   * Subscribes an open or opening socket, or an event stream, to a topic, such as `room/42`, or to a pattern: `*` stands for one segment, a
   * last `**` for one or more. The subscription ends with the subscriber.
   * @returns false if it is subscribed already or closed, or its server's `websocket.subscribe` refuses
   * @throws {UsageError} for a name with an empty segment, one over 255 characters, and `after` or `resumed` with a pattern.
   */
  subscribe(subscriber: Subscriber, topic: string, options: SubscribeOptions = {}): boolean {
    checkSubscriber(subscriber);
    const pattern = checkPattern(topic);
    checkSubscribeOptions(pattern, options);
    if (isOver(subscriber) || this.isClosed || this.table.has(subscriber, pattern)) return false;
    if (isWebSocket(subscriber) && subscriber[SESSION].desk?.refuses(subscriber, pattern) === true)
      return false;
    if (!this.table.knows(subscriber)) this.watch(subscriber);
    this.table.add(subscriber, pattern);
    this.report(pattern);
    this.arrive(subscriber, pattern, options);
    return true;
  }

  /** Ends a subscription. @returns false if there was none */
  unsubscribe(subscriber: Subscriber, topic: string): boolean {
    if (!this.table.remove(subscriber, checkPattern(topic))) return false;
    if (!this.table.knows(subscriber)) this.unwatch(subscriber);
    this.archive?.leave(subscriber, topic);
    this.report(topic);
    return true;
  }

  /** Ends every subscription of a socket or an event stream. */
  unsubscribeAll(subscriber: Subscriber): void {
    this.unwatch(subscriber);
    for (const pattern of this.table.removeAll(subscriber)) {
      this.archive?.leave(subscriber, pattern);
      this.report(pattern);
    }
  }

  /** The topics and patterns that a socket or an event stream is subscribed to, oldest first. */
  of(subscriber: Subscriber): string[] {
    return this.table.of(subscriber);
  }

  /**
   * Sends a message to all subscribers of a topic, each once: to sockets as `broadcast` does, to event streams as an event of type
   * `message`, and to those of other processes.
   * @returns the number of receivers in this process
   * @throws {UsageError} for a topic with wildcards. @throws {TypeError} for `undefined` and Blobs.
   */
  publish(topic: string, data: unknown, options: PublishOptions = {}): number {
    const name = checkTopic(topic);
    checkNames("publish", options, PUBLISH_OPTIONS);
    const plain = prepareMessage(data, options.compress ?? true);
    const { history } = this.rules.of(name);
    if (history !== undefined && this.archive !== undefined) {
      const isLeftOut = exceptionOf(options.except);
      const count = this.archive.publish(name, plain, history, isLeftOut);
      if (this.isShared(name)) this.link?.send(name, plain.kind, this.payloadOf(plain));
      return count;
    }
    const receivers = this.table.receivers(name);
    const count =
      receivers.size === 0
        ? 0
        : this.deliver(receivers, this.messageOf(name, plain), exceptionOf(options.except));
    if (this.link !== undefined) this.link.send(name, plain.kind, this.payloadOf(plain));
    return count;
  }

  /** Returns the present cursor of a topic with a history, for `after`; `undefined` if this process does not know it. */
  cursor(topic: string): string | undefined {
    return this.archive?.cursor(checkTopic(topic));
  }

  /** Whether a topic has a history. */
  keeps(topic: string): boolean {
    return this.rules.of(checkTopic(topic)).history !== undefined;
  }

  /** Returns the number of subscriptions in this process to exactly this topic or pattern. */
  size(topic: string): number {
    return this.table.count(topic);
  }

  /** Returns the number of such subscriptions in all processes, by their last reports. */
  count(topic: string): number {
    return this.link === undefined || isPattern(topic) ? this.size(topic) : this.link.count(topic);
  }

  /** Whether the broker, or its store, is lost, so that messages stay in this process. */
  get degraded(): boolean {
    return this.lost.size > 0;
  }

  get counters(): TopicsCounters {
    const { dropped, replaced, closed } = this.delivery;
    const { unsent = 0, duplicates = 0 } = this.link ?? {};
    const kept = this.archive?.counters ?? { unsent: 0, lost: 0 };
    const { lost } = kept;
    return { unsent: unsent + kept.unsent, duplicates, lost, dropped, replaced, closed };
  }

  /** Ends every subscription here and at the broker. Sockets, event streams and the broker's client stay open. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.link?.close();
    this.archive?.close();
    this.delivery.stop();
    for (const subscriber of this.table.everyone()) this.unsubscribeAll(subscriber);
  }

  private messageOf(topic: string, plain: PreparedMessage): TopicMessage {
    return new TopicMessage(this.runtime.platform, topic, plain);
  }

  private deliver(
    receivers: Iterable<Subscriber>,
    message: TopicMessage,
    isLeftOut?: (subscriber: Subscriber) => boolean,
  ): number {
    return this.delivery.deliver(receivers, message, this.rules.of(message.topic), isLeftOut);
  }

  /** Delivers a message of another process. */
  private receive(topic: string, plain: PreparedMessage): void {
    const { history } = this.rules.of(topic);
    if (history !== undefined) return this.archive?.receive(topic, plain, history);
    const receivers = this.table.receivers(topic);
    if (receivers.size > 0) this.deliver(receivers, this.messageOf(topic, plain));
  }

  private archiveFor(
    store: TopicsOptions["store"],
    secret: TopicsOptions["secret"],
  ): Archive | undefined {
    const { runtime, rules } = this;
    if (rules.mostHistory === undefined) return undefined;
    const init = {
      runtime,
      rules,
      sign: signer(runtime, readSecret(runtime, secret)),
      deliver: (message: TopicMessage, isLeftOut?: (subscriber: Subscriber) => boolean) =>
        this.deliver(this.table.receivers(message.topic), message, isLeftOut),
      give,
      size: (topic: string) => this.table.receivers(topic).size,
      degraded: this.watching("store"),
    };
    return store === undefined ? new MemoryArchive(init) : new StoredArchive(init, store);
  }

  private watching(part: "backplane" | "store"): (isLost: boolean) => void {
    return (isLost) => {
      const { degraded } = this;
      this.lost[isLost ? "add" : "delete"](part);
      if (this.degraded !== degraded) this.onDegraded?.(this.degraded);
    };
  }

  /** Whether the backplane carries a pattern's messages; the store carries those that it keeps. */
  private isShared(pattern: string): boolean {
    return !(this.archive instanceof StoredArchive) || isPattern(pattern) || !this.keeps(pattern);
  }

  private arrive(subscriber: Subscriber, topic: string, options: SubscribeOptions): void {
    const isStream = !isWebSocket(subscriber);
    const last = isStream && subscriber.lastEventId !== "" ? subscriber.lastEventId : undefined;
    if (isPattern(topic)) {
      // The last id is a place in one topic, and says nothing of the others.
      if (isStream && last !== undefined && this.rules.mayKeep(topic))
        subscriber.send(topic, { event: "reset" });
      return;
    }
    const { history } = this.rules.of(topic);
    if (history === undefined) return;
    const resumed = options.resumed ?? (isStream ? placeOf(subscriber, topic) : () => {});
    this.archive?.arrive(subscriber, topic, history, { after: options.after ?? last, resumed });
  }

  private payloadOf(plain: PreparedMessage): Uint8Array {
    return plain.payload(this.runtime.platform);
  }

  private watch(subscriber: Subscriber): void {
    if (isWebSocket(subscriber)) subscriber.on("close", this.leave);
    else subscriber[SOURCE].watch(this.watcher);
  }

  private unwatch(subscriber: Subscriber): void {
    this.delivery.forget(subscriber);
    if (isWebSocket(subscriber)) subscriber.off("close", this.leave);
    else subscriber[SOURCE].unwatch(this.watcher);
  }

  private report(pattern: string): void {
    if (!isPattern(pattern)) this.link?.report(pattern, this.table.count(pattern));
  }
}

const PUBLISH_OPTIONS = ["except", "compress"] as const;

function checkOptions(options: TopicsOptions) {
  if (typeof options !== "object" || (options as unknown) === null) {
    throw new UsageError(`topics: expected an object with options, got ${String(options)}`);
  }
  checkNames("topics", options, [
    "backplane",
    "presenceInterval",
    "onDegraded",
    "rules",
    "slow",
    "slowBytes",
    "history",
    "store",
    "secret",
  ]);
  const { presenceInterval = 2000 } = options;
  if (!(presenceInterval >= 100 && presenceInterval <= 60_000)) {
    throw new UsageError(
      `topics: presenceInterval is 100 to 60000 milliseconds, got ${String(presenceInterval)}`,
    );
  }
  if (options.store !== undefined && options.secret === undefined)
    throw new UsageError("topics: with a store, secret is needed: the same in all processes");
  return { ...options, presenceInterval };
}

/** Returns the function that signs cursors. @throws {UsageError} if the runtime has no HMAC. */
function signer(runtime: Runtime, secret: Uint8Array): (bytes: Uint8Array) => Uint8Array {
  if (runtime.hmacSha256 === undefined)
    throw new UsageError("topics: history needs hmacSha256 of the runtime, which signs cursors");
  return (bytes) => runtime.hmacSha256!(secret, bytes);
}

function readSecret(runtime: Runtime, given: TopicsOptions["secret"]): Uint8Array {
  if (given === undefined) {
    const random = new Uint8Array(32);
    runtime.platform.randomFill(random);
    return random;
  }
  const bytes = typeof given === "string" ? runtime.platform.encodeUtf8(given) : given;
  if (bytes instanceof Uint8Array && bytes.length >= 16) return bytes;
  throw new UsageError("topics: secret: expected at least 16 bytes, or a text of as many");
}

/** Sends an event stream its place: an event without data changes the last id and nothing else (WHATWG HTML §9.2.6). */
function placeOf(source: EventSource, topic: string): (place: Resumed) => void {
  return ({ complete, cursor }) => {
    const { connection, runtime } = source[SOURCE];
    source[SOURCE].cork();
    if (complete) connection.sendEncoded(runtime.platform.encodeUtf8(encodeId(cursor)));
    else source.send(topic, { event: "reset", id: cursor });
  };
}

/** Makes `topics` for a runtime. */
export function topicsFor(runtime: Runtime): (options?: TopicsOptions) => Topics {
  return (options) => new Topics(runtime, options);
}
