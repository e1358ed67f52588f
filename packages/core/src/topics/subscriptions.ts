import { isPattern } from "./name.ts";
import { PatternTree } from "./pattern-tree.ts";

/** One topic or pattern with subscribers here. */
export interface Interest<S> {
  readonly pattern: string;
  readonly members: Set<S>;
}

/** Receives the first subscriber of a topic or pattern, and the departure of the last one. */
export interface InterestListener {
  wanted(pattern: string): void;
  unwanted(pattern: string): void;
}

/**
 * Keeps the subscriptions of one process: the topics of each subscriber. A subscriber of one topic
 * costs an entry in two tables; one of none costs nothing.
 *
 * Invariant: an interest is in the tables exactly while it has members, and each member's own list
 * names exactly the interests that have it.
 */
export class Subscriptions<S extends object> {
  private readonly exact = new Map<string, Interest<S>>();
  private readonly patterns = new Map<string, Interest<S>>();
  private readonly tree = new PatternTree<Interest<S>>();
  /** Most subscribers have one topic, stored without a list. */
  private readonly bySubscriber = new Map<S, Interest<S> | Set<Interest<S>>>();
  private readonly listener: InterestListener;
  private total = 0;

  constructor(listener: InterestListener) {
    this.listener = listener;
  }

  /** The number of subscriptions of all subscribers. */
  get size(): number {
    return this.total;
  }

  /** The number of subscribers with a subscription. */
  get subscribers(): number {
    return this.bySubscriber.size;
  }

  /** A copy of the present subscribers. */
  everyone(): S[] {
    return [...this.bySubscriber.keys()];
  }

  /** The topics and patterns that have a subscriber. */
  wanted(): string[] {
    return [...this.exact.keys(), ...this.patterns.keys()];
  }

  /** Adds a subscription; false if it is there already. */
  add(subscriber: S, pattern: string): boolean {
    const table = isPattern(pattern) ? this.patterns : this.exact;
    let interest = table.get(pattern);
    if (interest?.members.has(subscriber) === true) return false;
    const isFirst = interest === undefined;
    if (interest === undefined) table.set(pattern, (interest = { pattern, members: new Set() }));
    if (isFirst && table === this.patterns) this.tree.set(pattern, interest);
    interest.members.add(subscriber);
    this.total++;
    const own = this.bySubscriber.get(subscriber);
    if (own === undefined) this.bySubscriber.set(subscriber, interest);
    else if (own instanceof Set) own.add(interest);
    else this.bySubscriber.set(subscriber, new Set([own, interest]));
    if (isFirst) this.listener.wanted(pattern);
    return true;
  }

  /** Ends one subscription; false if there was none. */
  remove(subscriber: S, pattern: string): boolean {
    const interest = (isPattern(pattern) ? this.patterns : this.exact).get(pattern);
    if (interest?.members.has(subscriber) !== true) return false;
    const own = this.bySubscriber.get(subscriber)!;
    if (!(own instanceof Set)) this.bySubscriber.delete(subscriber);
    else if (own.delete(interest) && own.size === 0) this.bySubscriber.delete(subscriber);
    this.leave(subscriber, interest);
    return true;
  }

  /** Ends all subscriptions of a subscriber; returns their names. */
  removeAll(subscriber: S): string[] {
    const own = this.bySubscriber.get(subscriber);
    if (own === undefined) return [];
    this.bySubscriber.delete(subscriber);
    const interests = own instanceof Set ? [...own] : [own];
    for (const interest of interests) this.leave(subscriber, interest);
    return interests.map(({ pattern }) => pattern);
  }

  has(subscriber: S, pattern: string): boolean {
    const table = isPattern(pattern) ? this.patterns : this.exact;
    return table.get(pattern)?.members.has(subscriber) === true;
  }

  /** Whether `subscriber` has any subscription. */
  knows(subscriber: S): boolean {
    return this.bySubscriber.has(subscriber);
  }

  /** Returns the subscriptions of `subscriber`, in the order it made them. */
  of(subscriber: S): string[] {
    const own = this.bySubscriber.get(subscriber);
    if (own === undefined) return [];
    return own instanceof Set ? [...own].map(({ pattern }) => pattern) : [own.pattern];
  }

  /** Returns the number of subscribers to exactly this topic or pattern. */
  count(pattern: string): number {
    return (isPattern(pattern) ? this.patterns : this.exact).get(pattern)?.members.size ?? 0;
  }

  /**
   * Returns the receivers of a message to the topic `name`: each once, even if several of its
   * subscriptions cover it. Where no pattern covers it, this is the table's own set: do not change it.
   */
  receivers(name: string): ReadonlySet<S> {
    const exact = this.exact.get(name)?.members;
    if (this.patterns.size === 0) return exact ?? NOBODY;
    const covering = this.tree.covering(name);
    if (covering.length === 0) return exact ?? NOBODY;
    if (exact === undefined && covering.length === 1) return covering[0]!.members;
    const all = new Set<S>(exact);
    for (const { members } of covering) for (const member of members) all.add(member);
    return all;
  }

  private leave(subscriber: S, interest: Interest<S>): void {
    const { members, pattern } = interest;
    members.delete(subscriber);
    this.total--;
    if (members.size > 0) return;
    if (isPattern(pattern)) {
      this.patterns.delete(pattern);
      this.tree.delete(pattern);
    } else this.exact.delete(pattern);
    this.listener.unwanted(pattern);
  }
}

const NOBODY: ReadonlySet<never> = new Set();
