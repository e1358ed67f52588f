import { sendTo } from "../server/broadcast.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { SOURCE } from "../sse/server/event-source.ts";
import { closeWith } from "../websocket/send.ts";
import { SESSION } from "../websocket/websocket.ts";
import type { TopicMessage } from "./message.ts";
import type { ReadRule } from "./rules.ts";
import { isOver, isWebSocket, type Subscriber } from "./subscriber.ts";

/** The interval at which slow subscribers are checked for a kept newest message, in milliseconds: a display shows no more. */
const LOOK = 25;

/** The close code for a slow subscriber: 1013, try again later (IANA's registry of RFC 6455 §11.7). */
const TOO_SLOW = 1013;

/** The newest message of each topic kept for a subscriber, with the bytes beyond which it is slow. */
type Kept = Map<string, readonly [message: TopicMessage, slowBytes: number]>;

/** Sends to subscribers, as fast as each takes messages. */
export class Delivery {
  private readonly runtime: Runtime;
  private readonly kept = new Map<Subscriber, Kept>();
  private timer: unknown = undefined;
  /** Messages that slow subscribers did not get. */
  dropped = 0;
  /** Messages in whose place slow subscribers got a newer one. */
  replaced = 0;
  /** Subscribers that were closed because they were slow. */
  closed = 0;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  /** Sends a message to subscribers. @returns the number of those that got it, or will */
  deliver(
    receivers: Iterable<Subscriber>,
    message: TopicMessage,
    rule: ReadRule,
    isLeftOut?: (subscriber: Subscriber) => boolean,
  ): number {
    let count = 0;
    const isRuled = rule.slow !== undefined || this.kept.size > 0;
    for (const receiver of receivers) {
      if (isLeftOut !== undefined && isLeftOut(receiver)) continue;
      if (isRuled && this.isHeldBack(receiver, message, rule)) {
        if (rule.slow === "latest") count++;
      } else if (give(receiver, message)) count++;
    }
    return count;
  }

  /** Drops the messages kept for a subscriber. */
  forget(subscriber: Subscriber): void {
    this.kept.delete(subscriber);
  }

  stop(): void {
    this.runtime.clearTimeout(this.timer);
    this.timer = undefined;
    this.kept.clear();
  }

  /** Applies the rule for a slow subscriber. */
  private isHeldBack(receiver: Subscriber, message: TopicMessage, rule: ReadRule): boolean {
    const { slow, slowBytes } = rule;
    // The kept message is older: this one replaces it, whether the subscriber is still slow or not.
    const mustKeep = this.kept.get(receiver)?.has(message.topic) === true;
    if (!mustKeep && (slow === undefined || receiver.bufferedAmount <= slowBytes)) return false;
    if (isOver(receiver)) return true;
    if (mustKeep || slow === "latest") this.keep(receiver, message, slowBytes);
    else if (slow === "drop") this.dropped++;
    else this.close(receiver);
    return true;
  }

  private keep(receiver: Subscriber, message: TopicMessage, slowBytes: number): void {
    let topics = this.kept.get(receiver);
    if (topics === undefined) this.kept.set(receiver, (topics = new Map()));
    if (topics.has(message.topic)) this.replaced++;
    topics.set(message.topic, [message, slowBytes]);
    this.timer ??= this.runtime.setTimeout(() => {
      this.look();
    }, LOOK);
  }

  private look(): void {
    this.timer = undefined;
    for (const [receiver, topics] of this.kept) {
      for (const [topic, [message, slowBytes]] of topics) {
        if (receiver.bufferedAmount > slowBytes && !isOver(receiver)) continue;
        topics.delete(topic);
        give(receiver, message);
      }
      if (topics.size === 0) this.kept.delete(receiver);
    }
    if (this.kept.size === 0) return;
    this.timer = this.runtime.setTimeout(() => {
      this.look();
    }, LOOK);
  }

  private close(receiver: Subscriber): void {
    this.closed++;
    if (isWebSocket(receiver)) closeWith(receiver[SESSION], TOO_SLOW, "Too slow");
    else receiver.terminate();
  }
}

/** Sends a message to one subscriber; returns whether that was open. Messages sent in one turn leave in one write. */
export function give(receiver: Subscriber, message: TopicMessage): boolean {
  if (isWebSocket(receiver)) {
    const { [SESSION]: session } = receiver;
    return sendTo(session, session.speech === undefined ? message.plain : message.framed);
  }
  if (!receiver.writable) return false;
  const session = receiver[SOURCE];
  session.cork();
  session.connection.sendEncoded(message.event);
  return true;
}
