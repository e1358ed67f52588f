import type { PreparedMessage } from "../../connection/send/prepared.ts";
import { NOT_UTF8 } from "../../platform.ts";
import { decodeEnvelope, encodeEnvelope, hex } from "../../topics/envelope.ts";
import { type Followed, Follower } from "../../topics/follower.ts";
import { type LogLimits, TopicLog } from "../../topics/log.ts";
import { isPattern } from "../../topics/name.ts";
import { comparePositions, NOWHERE } from "../../topics/position.ts";
import { type Archive, type ArchiveInit, Places, plainOf, type Returning } from "./archive.ts";
import type { StoredMessage, TopicStore } from "./brokers/store.ts";
import { TopicMessage } from "./message.ts";
import type { Subscriber } from "./subscriber.ts";

type IsLeftOut = ((subscriber: Subscriber) => boolean) | undefined;

/** A message of this process that has not come back from the store. */
interface Underway {
  readonly plain: PreparedMessage;
  readonly isLeftOut: IsLeftOut;
  /** The store refused it, so that the subscribers of this process got it without a cursor. */
  isDelivered: boolean;
}

/** A topic with a subscriber in this process, or with a message that came by a pattern. */
interface Tracked {
  readonly topic: string;
  readonly follower: Follower<TopicMessage>;
  /** `undefined` until the topic's position is known. */
  log: TopicLog<TopicMessage> | undefined;
  readonly limits: LogLimits;
  /** Subscribers without a place yet, with their cursors: some are ahead of this process, some wait for the store. */
  readonly arriving: Map<Subscriber, Returning | string>;
  /** Messages to publish once the topic's position is known: earlier subscribers must get them. */
  readonly unpublished: (() => void)[];
}

/** The most messages of this process under way; older ones count as lost. */
const MOST_UNDERWAY = 10_000;
/** The most topics that are tracked for patterns alone. */
const MOST_TRACKED = 65_536;
/** The time between a failure of the store and the next attempt, in milliseconds. */
const AGAIN = 1000;

/** Keeps histories in a store that all processes share, so that a client can resume at another process. */
export class StoredArchive implements Archive {
  readonly counters = { unsent: 0, lost: 0 };
  private readonly init: ArchiveInit;
  private readonly store: TopicStore;
  private readonly places: Places;
  private readonly tracked = new Map<string, Tracked>();
  private readonly interests = new Map<string, () => void>();
  private readonly underway = new Map<number, Underway>();
  private readonly origin: string;
  private readonly opened: Promise<unknown>;
  private readonly unwatch: (() => void) | undefined;
  private sequence = 0;
  private isAway = false;
  private isClosed = false;
  private timer: unknown = undefined;

  constructor(init: ArchiveInit, store: TopicStore) {
    const bytes = new Uint8Array(8);
    init.runtime.platform.randomFill(bytes);
    this.origin = hex(bytes);
    this.init = init;
    this.store = store;
    this.places = new Places(init);
    this.opened = Promise.resolve(store.open?.(init.rules.mostHistory!));
    this.opened.catch((error: unknown) => {
      init.runtime.reportError(error);
    });
    this.unwatch = store.watch?.((isConnected) => {
      this.isAway = !isConnected;
      // Messages sent while it was away are fetched, since no later message may come.
      init.degraded(this.isAway);
      if (!isConnected) return;
      for (const { follower } of this.tracked.values()) follower.catchUp();
      // And once more, for messages that came before the broker had all subscriptions again.
      this.askAgain();
    });
  }

  publish(topic: string, plain: PreparedMessage, limits: LogLimits, isLeftOut: IsLeftOut): number {
    const { platform } = this.init.runtime;
    if (this.isAway) return this.alone(topic, plain, isLeftOut);
    const sequence = ++this.sequence;
    const payload = plain.payload(platform);
    const bytes = encodeEnvelope({ kind: plain.kind, origin: this.origin, sequence, payload });
    this.underway.set(sequence, { plain, isLeftOut, isDelivered: false });
    if (this.underway.size > MOST_UNDERWAY)
      this.underway.delete(this.underway.keys().next().value!);
    const append = (): void => {
      this.opened
        .then(() => this.store.append(topic, bytes, limits))
        .catch(() => {
          this.refused(topic, sequence);
        });
    };
    const tracked = this.tracked.get(topic);
    if (tracked !== undefined && tracked.log === undefined) tracked.unpublished.push(append);
    else append();
    return this.init.size(topic);
  }

  /** Delivers a message of the backplane: of a topic without a history, or of a process with other rules. */
  receive(topic: string, plain: PreparedMessage): void {
    this.init.deliver(new TopicMessage(this.init.runtime.platform, topic, plain), undefined);
  }

  arrive(subscriber: Subscriber, topic: string, limits: LogLimits, returning: Returning): void {
    const tracked = this.track(topic, limits);
    tracked.arriving.set(subscriber, returning);
    if (tracked.log === undefined) tracked.follower.catchUp();
    else this.place(tracked, subscriber, returning);
  }

  leave(subscriber: Subscriber, topic: string): void {
    this.tracked.get(topic)?.arriving.delete(subscriber);
  }

  cursor(topic: string): string | undefined {
    const end = this.tracked.get(topic)?.log?.end;
    return end === undefined ? undefined : this.places.cursors.write(topic, end);
  }

  want(pattern: string): void {
    if (this.isClosed) return;
    const end = this.store.subscribe(pattern, (topic, message) => {
      this.take(topic, message);
    });
    this.interests.set(pattern, end);
  }

  unwant(pattern: string): void {
    this.interests.get(pattern)?.();
    this.interests.delete(pattern);
    this.tracked.delete(pattern);
  }

  close(): void {
    this.isClosed = true;
    this.unwatch?.();
    this.init.runtime.clearTimeout(this.timer);
    for (const end of this.interests.values()) end();
    this.interests.clear();
    this.tracked.clear();
    this.underway.clear();
  }

  private track(topic: string, limits: LogLimits): Tracked {
    let tracked = this.tracked.get(topic);
    if (tracked !== undefined) return tracked;
    const follower = new Follower<TopicMessage>({
      ask: (position) => void this.ask(tracked!, position),
      next: (message) => {
        this.next(tracked!, message);
      },
      stand: (position, isLoss) => {
        this.stand(tracked!, position, isLoss);
      },
    });
    tracked = { topic, follower, log: undefined, limits, arriving: new Map(), unpublished: [] };
    if (this.tracked.size >= MOST_TRACKED) this.forgetOne();
    this.tracked.set(topic, tracked);
    return tracked;
  }

  private forgetOne(): void {
    for (const topic of this.tracked.keys())
      if (!this.interests.has(topic)) return void this.tracked.delete(topic);
  }

  /** Takes a live message of the store. */
  private take(topic: string, stored: StoredMessage): void {
    const { history } = this.init.rules.of(topic);
    const message = this.read(topic, stored);
    if (history === undefined || message === undefined || this.isClosed) return;
    const isNew = !this.tracked.has(topic);
    const { follower } = this.track(topic, history);
    // By a pattern: no client resumes it, so it begins at its present position.
    if (isNew) follower.catchUp();
    if (isNew) follower.receiveEnd(stored.previous ?? NOWHERE);
    follower.receive(message);
  }

  private read(topic: string, stored: StoredMessage): Followed<TopicMessage> | undefined {
    const envelope = decodeEnvelope(stored.value);
    const { platform } = this.init.runtime;
    if (envelope === undefined || envelope.kind === "control") return undefined;
    const { kind, payload, origin, sequence } = envelope;
    if (kind === "text" && platform.checkUtf8(payload, 0, payload.length) === NOT_UTF8)
      return undefined;
    const own = origin === this.origin ? this.underway.get(sequence)?.plain : undefined;
    const value = this.places.messageOf(topic, own ?? plainOf(kind, payload), stored.position);
    if (origin === this.origin) value.sequence = sequence;
    return { position: stored.position, previous: stored.previous, value };
  }

  /** Delivers the next message of a topic, in order. */
  private next(tracked: Tracked, { position, value }: Followed<TopicMessage>): void {
    const { arriving } = tracked;
    tracked.log!.add(position, value, value.payload.length, Date.now());
    const own = value.sequence === undefined ? undefined : this.underway.get(value.sequence);
    if (own !== undefined) this.underway.delete(value.sequence!);
    if (own?.isDelivered === true) return;
    if (arriving.size === 0) return void this.init.deliver(value, own?.isLeftOut);
    for (const [subscriber, from] of arriving)
      if (typeof from === "string" && comparePositions(position, from) > 0)
        arriving.delete(subscriber);
    this.init.deliver(
      value,
      (subscriber) => arriving.has(subscriber) || own?.isLeftOut?.(subscriber) === true,
    );
  }

  private stand(tracked: Tracked, position: string, isLoss: boolean): void {
    if (isLoss) this.counters.lost++;
    tracked.log = new TopicLog(tracked.limits, position);
    for (const [subscriber, returning] of [...tracked.arriving])
      if (typeof returning === "object") this.place(tracked, subscriber, returning);
    for (const publish of tracked.unpublished.splice(0)) publish();
  }

  /** Calls `resumed` of a subscriber with its place, and sends the messages it missed. */
  private place(tracked: Tracked, subscriber: Subscriber, returning: Returning): void {
    const { topic, arriving } = tracked;
    const { after } = returning;
    const log = tracked.log!;
    const position = after === undefined ? undefined : this.places.cursors.read(topic, after);
    if (position === undefined) {
      arriving.delete(subscriber);
      return this.places.place(topic, log.end, returning);
    }
    const missed = log.since(position, Date.now());
    if (missed !== undefined) {
      arriving.delete(subscriber);
      return this.places.resume(subscriber, after!, missed, returning);
    }
    // It comes from a process that is ahead of this one, and does not get again what it has.
    if (comparePositions(position, log.end) > 0) {
      arriving.set(subscriber, position);
      return this.places.resume(subscriber, after!, [], returning);
    }
    void this.fetch(tracked, subscriber, position, returning);
  }

  /** Fetches messages older than those kept here, and sends them. Until then, the subscriber stays in `arriving`. */
  private async fetch(
    tracked: Tracked,
    subscriber: Subscriber,
    position: string,
    returning: Returning,
  ): Promise<void> {
    const { topic, arriving } = tracked;
    const found = await this.store.since(topic, position).catch(() => undefined);
    const log = tracked.log!;
    if (arriving.get(subscriber) !== returning) return; // it left
    arriving.delete(subscriber);
    const older = (found ?? []).filter((one) => comparePositions(one.position, log.end) <= 0);
    const rest = log.since(older.at(-1)?.position ?? position, Date.now());
    // Messages kept here may have been trimmed meanwhile.
    if (found === undefined || rest === undefined)
      return this.places.place(topic, log.end, returning);
    const missed = older.flatMap((one) => this.read(topic, one)?.value ?? []);
    this.places.resume(subscriber, returning.after!, [...missed, ...rest], returning);
  }

  private async ask({ topic, follower }: Tracked, position: string | undefined): Promise<void> {
    try {
      await this.opened;
      if (position === undefined) return follower.receiveEnd(await this.store.end(topic));
      const kept = await this.store.since(topic, position);
      if (kept === undefined) follower.receiveLoss(await this.store.end(topic));
      else follower.receiveKept(kept.flatMap((one) => this.read(topic, one) ?? []));
    } catch {
      follower.receiveFailure();
      this.askAgain();
    }
  }

  private askAgain(): void {
    if (this.isClosed) return;
    this.timer ??= this.init.runtime.setTimeout(() => {
      this.timer = undefined;
      for (const { follower, topic } of this.tracked.values())
        if (!isPattern(topic)) follower.catchUp();
    }, AGAIN);
  }

  /** The store refused a message: subscribers of this process still get it. If the store has it after all, they do not get it again. */
  private refused(topic: string, sequence: number): void {
    const message = this.underway.get(sequence);
    if (message === undefined || message.isDelivered || this.isClosed) return;
    message.isDelivered = true;
    this.alone(topic, message.plain, message.isLeftOut);
  }

  private alone(topic: string, plain: PreparedMessage, isLeftOut: IsLeftOut): number {
    this.counters.unsent++;
    const message = new TopicMessage(this.init.runtime.platform, topic, plain);
    return this.init.deliver(message, isLeftOut);
  }
}
