import { comparePositions } from "./position.ts";

/** A message of a topic whose history a broker keeps. */
export interface Followed<T> {
  readonly position: string;
  /** The position of the message before it in this topic; `undefined` where there was none, or none is kept. */
  readonly previous: string | undefined;
  readonly value: T;
}

/** The effects of a {@link Follower}. */
export interface FollowerActions<T> {
  /** Requests the messages after `position` from the broker, or the topic's position if it is `undefined`. Answer by a `receive…`. */
  ask(position: string | undefined): void;
  /** The next message, in order, once. */
  next(message: Followed<T>): void;
  /** The topic is at `position`. With `isLoss`, some messages before it are lost. */
  stand(position: string, isLoss: boolean): void;
}

/** The most messages that wait for an answer; beyond it, the topic continues at the last of them. */
const MOST_WAITING = 4096;

/**
 * Follows one topic: passes live messages on in order and once. Where one is missing, it requests the missed messages, and
 * live ones wait.
 *
 * Invariant: {@link end} only rises, and every message between two values of it has gone through `next`, but for a loss that `stand` reports.
 */
export class Follower<T> {
  private readonly actions: FollowerActions<T>;
  private position: string | undefined = undefined;
  private waiting: Followed<T>[] = [];
  private isAsking = false;
  private asked: string | undefined = undefined; // its position at the request

  constructor(actions: FollowerActions<T>) {
    this.actions = actions;
  }

  /** Its position; `undefined` until known. */
  get end(): string | undefined {
    return this.position;
  }

  /** Requests the topic's position; or, where it is known, the messages missed since. */
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

  /** The topic is at `position`, which was not known here. */
  receiveEnd(position: string): void {
    if (!this.isAsking || this.position !== undefined) return;
    this.stand(position, false);
    this.settle();
  }

  /** Takes all kept messages after the requested position, oldest first. */
  receiveKept(messages: readonly Followed<T>[]): void {
    if (!this.isAsking) return;
    const { asked } = this;
    for (const message of messages)
      if (comparePositions(message.position, this.position ?? "") > 0) this.step(message);
    // A broker without a message that it has sent has lost it: another request would get the same answer.
    const next = this.waiting.find(
      (one) => comparePositions(one.position, this.position ?? "") > 0,
    );
    if (this.position === asked && next !== undefined && !isNext(next, asked))
      this.stand(next.previous ?? next.position, true);
    this.settle();
  }

  /** The broker does not keep all requested messages: the topic continues at `position`. */
  receiveLoss(position: string): void {
    if (!this.isAsking) return;
    // The live messages meanwhile are no loss.
    if (this.position === this.asked) this.stand(position, true);
    this.settle();
  }

  /** The broker could not answer. Waiting messages are dropped; the next message or {@link catchUp} requests them again. */
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

/** Whether the message follows `position` directly. */
const isNext = (message: Followed<unknown>, position: string | undefined): boolean =>
  position !== undefined && (message.previous === undefined || message.previous === position);
