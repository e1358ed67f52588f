import { comparePositions } from "./position.ts";

/** A message of a topic whose history a broker keeps. */
export interface Followed<T> {
  readonly position: string;
  /** The position of the message before it in this topic; `undefined` where there was none, or none is kept. */
  readonly previous: string | undefined;
  readonly value: T;
}

/** What a {@link Follower} wants done. */
export interface FollowerActions<T> {
  /** Asks the broker for the messages after `position`, or where the topic stands if that is `undefined`: to be answered by a `receive…`. */
  ask(position: string | undefined): void;
  /** The next message, in order, once. */
  next(message: Followed<T>): void;
  /** The topic stands at `position`. With `isLoss`, some of what was between is lost. */
  stand(position: string, isLoss: boolean): void;
}

/** So many messages wait for an answer; beyond, the topic is taken up where the last of them is. */
const MOST_WAITING = 4096;

/**
 * Follows one topic: what comes live is let through in order and once; where one is missing, what was missed is asked for, and what
 * comes meanwhile waits.
 *
 * Invariant: {@link end} only rises, and every message between two values of it has gone through `next`, but for what `stand` told.
 */
export class Follower<T> {
  private readonly actions: FollowerActions<T>;
  private position: string | undefined = undefined;
  private waiting: Followed<T>[] = [];
  private isAsking = false;
  private asked: string | undefined = undefined; // where it stood when it asked

  constructor(actions: FollowerActions<T>) {
    this.actions = actions;
  }

  /** Where it stands; `undefined` until that is known. */
  get end(): string | undefined {
    return this.position;
  }

  /** Asks where the topic stands; or, where that is known, for what has been missed since. */
  catchUp(): void {
    if (this.isAsking) return;
    this.isAsking = true;
    this.asked = this.position;
    this.actions.ask(this.position);
  }

  receive(message: Followed<T>): void {
    const { position } = this;
    if (position !== undefined && comparePositions(message.position, position) <= 0) return;
    if (isNext(message, position)) return this.step(message);
    this.waiting.push(message);
    if (this.waiting.length > MOST_WAITING) {
      this.stand(message.position, true);
      this.settle();
    } else this.catchUp();
  }

  /** The topic stands at `position`; that was not known here. */
  receiveEnd(position: string): void {
    if (!this.isAsking || this.position !== undefined) return;
    this.stand(position, false);
    this.settle();
  }

  /** All that is kept after where it stood when it asked, oldest first. */
  receiveKept(messages: readonly Followed<T>[]): void {
    if (!this.isAsking) return;
    const { asked } = this;
    for (const message of messages)
      if (comparePositions(message.position, this.position ?? "") > 0) this.step(message);
    // A broker that does not have what it has sent has lost it: asked again, it would say the same.
    const next = this.waiting.find(
      (one) => comparePositions(one.position, this.position ?? "") > 0,
    );
    if (this.position === asked && next !== undefined && !isNext(next, asked))
      this.stand(next.previous ?? next.position, true);
    this.settle();
  }

  /** Not all that was asked for is kept: it is taken up at `position`. */
  receiveLoss(position: string): void {
    if (!this.isAsking) return;
    // What came live meanwhile was no loss.
    if (this.position === this.asked) this.stand(position, true);
    this.settle();
  }

  /** The broker could not answer. What waits is dropped, and asked for when the next message comes, or by {@link catchUp}. */
  receiveFailure(): void {
    this.isAsking = false;
    this.waiting = [];
  }

  private settle(): void {
    const { waiting } = this;
    this.waiting = [];
    this.isAsking = false;
    for (const message of waiting) this.receive(message);
  }

  private step(message: Followed<T>): void {
    this.position = message.position;
    this.actions.next(message);
  }

  private stand(position: string, isLoss: boolean): void {
    this.position = position;
    this.actions.stand(position, isLoss);
  }
}

/** Whether nothing is between `position` and the message. */
const isNext = (message: Followed<unknown>, position: string | undefined): boolean =>
  position !== undefined && (message.previous === undefined || message.previous === position);
