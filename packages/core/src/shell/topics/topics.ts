import { prepare } from "../../connection/send/prepared.ts";
import { checkNames } from "../../names.ts";
import { checkPattern, checkTopic, isPattern } from "../../topics/name.ts";
import { Subscriptions } from "../../topics/subscriptions.ts";
import { UsageError } from "../../violation.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { prepareMessage } from "../server/broadcast.ts";
import type { SourceWatcher } from "../sse/server/session.ts";
import { SOURCE } from "../sse/server/event-source.ts";
import { SESSION, type WebSocket } from "../websocket/websocket.ts";
import type { Backplane } from "./brokers/backplane.ts";
import { Delivery } from "./delivery.ts";
import { Link } from "./link.ts";
import { TopicMessage } from "./message.ts";
import { Rules, type TopicRule } from "./rules.ts";
import {
  checkSubscriber,
  exceptionOf,
  isOver,
  isWebSocket,
  type Subscriber,
} from "./subscriber.ts";

/** How topics work. What is said of slow subscribers holds for topics that `rules` say nothing else of. */
export interface TopicsOptions extends TopicRule {
  /** What carries messages to other processes. @defaultValue none: topics of this process */
  readonly backplane?: Backplane | undefined;
  /**
   * How often this process says how many subscribers it has, in milliseconds, from 100 to 60000. {@link Topics.count} is right within one
   * interval of a change, and within four of a process that was killed.
   * @defaultValue 2000
   */
  readonly presenceInterval?: number | undefined;
  /** Called with true when the broker is lost, and with false when it is back. Local delivery goes on meanwhile. */
  readonly onDegraded?: ((isDegraded: boolean) => void) | undefined;
  /** Rules of topics by name or pattern; of those that cover a topic, the first holds: `{ "price/*": { slow: "latest" } }`. */
  readonly rules?: Readonly<Record<string, TopicRule>> | undefined;
}

/** How a message is published. */
export interface PublishOptions {
  /** Who is left out: the sender, as a rule. @defaultValue nobody */
  readonly except?: Subscriber | Iterable<Subscriber> | undefined;
  /** Whether extensions may compress it. @defaultValue true */
  readonly compress?: boolean | undefined;
}

/** What has been dropped. Each only grows. */
export interface TopicsCounters {
  /** Messages that did not go to other processes, since the broker was lost or refused them. */
  readonly unsent: number;
  /** Messages that came twice, or after a later one of their sender. */
  readonly duplicates: number;
  /** Messages that slow subscribers did not get: `slow: "drop"`. */
  readonly dropped: number;
  /** Messages in whose place slow subscribers got a newer one: `slow: "latest"`. */
  readonly replaced: number;
  /** Subscribers that were closed because they were slow: `slow: "close"`. */
  readonly closed: number;
}

/**
 * Sockets and event streams by topic. A publish is encoded once, as by `broadcast`, and with a backplane goes to the subscribers of other
 * processes too. A subscription ends with its subscriber. The order of one publisher holds in each topic; between processes a message
 * arrives at most once.
 */
export class Topics {
  private readonly runtime: Runtime;
  private readonly table: Subscriptions<Subscriber>;
  private readonly rules: Rules;
  private readonly delivery: Delivery;
  private readonly link: Link | undefined;
  /** One for all sockets: they are its `this`. */
  private readonly leave: (this: WebSocket) => void;
  /** One for all event streams. */
  private readonly watcher: SourceWatcher;
  private isClosed = false;

  constructor(runtime: Runtime, options: TopicsOptions = {}) {
    const { backplane, presenceInterval, onDegraded, rules, ...rule } = checkOptions(options);
    this.runtime = runtime;
    this.rules = new Rules(rule, rules);
    this.delivery = new Delivery(runtime);
    this.table = new Subscriptions({
      wanted: (pattern) => this.link?.want(pattern),
      unwanted: (pattern) => this.link?.unwant(pattern),
    });
    const topics = this;
    this.leave = function () {
      topics.unsubscribeAll(this);
    };
    this.watcher = {
      closed: (source) => {
        this.unsubscribeAll(source);
      },
    };
    if (backplane === undefined) return;
    this.link = new Link({
      runtime,
      backplane,
      interval: presenceInterval,
      received: (topic, kind, payload) => {
        const receivers = this.table.receivers(topic);
        if (receivers.size === 0) return;
        this.deliver(
          receivers,
          this.messageOf(topic, prepare(payload, { binary: kind === "binary" })),
        );
      },
      degraded: (isDegraded) => onDegraded?.(isDegraded),
    });
  }

  /**
   * Subscribes an open or opening socket, or an event stream, to a topic, such as `room/42`, or to a pattern: `*` stands for one segment, a
   * last `**` for one or more. The subscription ends with the subscriber.
   * @returns false if it is subscribed already or closed, or its server's `websocket.subscribe` refuses
   * @throws {UsageError} for a name with an empty segment, and one over 255 characters.
   */
  subscribe(subscriber: Subscriber, topic: string): boolean {
    const pattern = checkPattern(topic);
    checkSubscriber(subscriber);
    if (isOver(subscriber) || this.isClosed || this.table.has(subscriber, pattern)) return false;
    if (isWebSocket(subscriber) && subscriber[SESSION].desk?.refuses(subscriber, pattern) === true)
      return false;
    if (!this.table.knows(subscriber)) this.watch(subscriber);
    this.table.add(subscriber, pattern);
    this.report(pattern);
    return true;
  }

  /** Ends a subscription. @returns false if there was none */
  unsubscribe(subscriber: Subscriber, topic: string): boolean {
    if (!this.table.remove(subscriber, checkPattern(topic))) return false;
    if (!this.table.knows(subscriber)) this.unwatch(subscriber);
    this.report(topic);
    return true;
  }

  /** Ends every subscription of a socket or an event stream. */
  unsubscribeAll(subscriber: Subscriber): void {
    this.unwatch(subscriber);
    for (const pattern of this.table.removeAll(subscriber)) this.report(pattern);
  }

  /** The topics and patterns that a socket or an event stream is subscribed to, oldest first. */
  of(subscriber: Subscriber): string[] {
    return this.table.of(subscriber);
  }

  /**
   * Sends a message to all subscribers of a topic, each once: to sockets as `broadcast` does, to event streams as an event of type
   * `message`, and to those of other processes.
   * @returns how many subscribers of this process it was sent to
   * @throws {UsageError} for a topic with wildcards. @throws {TypeError} for `undefined` and Blobs.
   */
  publish(topic: string, data: unknown, options: PublishOptions = {}): number {
    const name = checkTopic(topic);
    const message = this.messageOf(name, prepareMessage(data, options.compress ?? true));
    const receivers = this.table.receivers(name);
    const count = receivers.size === 0 ? 0 : this.deliver(receivers, message, options.except);
    if (this.link !== undefined) this.link.send(name, message.plain.kind, message.payload);
    return count;
  }

  /** How many subscribers of this process name exactly this topic or pattern. */
  size(topic: string): number {
    return this.table.count(topic);
  }

  /** How many subscribers of all processes do, as far as this one has heard. */
  count(topic: string): number {
    return this.link === undefined || isPattern(topic) ? this.size(topic) : this.link.count(topic);
  }

  /** Whether the broker is lost, so that messages stay in this process. */
  get degraded(): boolean {
    return this.link?.isDegraded === true;
  }

  get counters(): TopicsCounters {
    const { dropped, replaced, closed } = this.delivery;
    const { unsent = 0, duplicates = 0 } = this.link ?? {};
    return { unsent, duplicates, dropped, replaced, closed };
  }

  /** Ends every subscription here and at the broker. Sockets, event streams and the broker's client stay open. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.link?.close();
    this.delivery.stop();
    for (const subscriber of this.table.everyone()) this.unsubscribeAll(subscriber);
  }

  private messageOf(topic: string, plain: ReturnType<typeof prepare>): TopicMessage {
    return new TopicMessage(this.runtime.platform, topic, plain);
  }

  private deliver(
    receivers: Iterable<Subscriber>,
    message: TopicMessage,
    except?: PublishOptions["except"],
  ): number {
    const rule = this.rules.of(message.topic);
    return this.delivery.deliver(receivers, message, rule, exceptionOf(except));
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
  ]);
  const { presenceInterval = 2000 } = options;
  if (!(presenceInterval >= 100 && presenceInterval <= 60_000)) {
    throw new UsageError(
      `topics: presenceInterval is 100 to 60000 milliseconds, got ${String(presenceInterval)}`,
    );
  }
  return { ...options, presenceInterval };
}

/** Makes `topics` for a runtime. */
export function topicsFor(runtime: Runtime): (options?: TopicsOptions) => Topics {
  return (options) => new Topics(runtime, options);
}
