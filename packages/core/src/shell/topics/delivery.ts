import { sendTo } from "../server/broadcast.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { SOURCE } from "../sse/server/event-source.ts";
import { closeWith } from "../websocket/send.ts";
import { SESSION } from "../websocket/websocket.ts";
import type { TopicMessage } from "./message.ts";
import type { ReadRule } from "./rules.ts";
import { isOver, isWebSocket, type Subscriber } from "./subscriber.ts";

/** How often those for whom a newest message is kept are looked at, in milliseconds: they are slow, and a display shows no more. */
const LOOK = 25;

/** What a close frame says to a subscriber that is too slow: 1013, try again later (IANA's registry of RFC 6455 §11.7). */
const TOO_SLOW = 1013;

/** What is kept for a subscriber: the newest message of each topic, and how many bytes are too many. */
type Kept = Map<string, readonly [message: TopicMessage, slowBytes: number]>;

/** Sends to subscribers, as fast as each takes it. */
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

  /** @returns how many it was sent to, or will be */
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

  /** Forgets what is kept for a subscriber. */
  forget(subscriber: Subscriber): void {
    this.kept.delete(subscriber);
  }

  stop(): void {
    this.runtime.clearTimeout(this.timer);
    this.timer = undefined;
    this.kept.clear();
  }

  /** Does what the rule says about a slow subscriber. */
  private isHeldBack(receiver: Subscriber, message: TopicMessage, rule: ReadRule): boolean {
    const { slow, slowBytes } = rule;
    // What is kept is older: this one goes in its place, whether the subscriber is slow still or not.
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

/** Sends; returns whether it was open. What is sent in one turn leaves in one write. */
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
