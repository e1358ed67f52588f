import { Queue } from "../../../connection/buffer/queue.ts";

/** The number of events that fill a queue, so that a loop that takes them one by one seldom waits for the network. */
const ROOM = 64;

interface Waiting<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(reason: unknown): void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * A queue of events for `for await`: events wait for the loop, or the loop for events.
 * It delivers all events before the end.
 */
export class EventQueue<T> implements AsyncIterableIterator<T, undefined> {
  private readonly events = new Queue<T>();
  private readonly readers: Waiting<T>[] = [];
  private readonly onReturn: () => void;
  private ended = false;
  private error: unknown = undefined; // thrown once, after the events
  private makeRoom: (() => void) | undefined = undefined;
  private room: Promise<void> | undefined = undefined;

  /** @param onReturn called when the application leaves its loop */
  constructor(onReturn: () => void) {
    this.onReturn = onReturn;
  }

  /** Adds an event, unless the queue has ended. */
  push(event: T): void {
    if (this.ended) return;
    const reader = this.readers.shift();
    if (reader !== undefined) reader.resolve({ done: false, value: event });
    else this.events.push(event);
  }

  /** Ends the queue; with `error`, the loop throws it after the last event. */
  end(error?: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.error = error;
    this.settleRoom();
    for (const reader of this.readers.splice(0))
      void this.next().then(reader.resolve, reader.reject);
  }

  /** A promise of room, or `undefined` if there is room now. */
  get whenRoom(): Promise<void> | undefined {
    if (this.ended || this.events.length < ROOM) return undefined;
    return (this.room ??= new Promise((resolve) => {
      this.makeRoom = resolve;
    }));
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const event = this.events.shift();
    if (event !== undefined) {
      if (this.events.length < ROOM) this.settleRoom();
      return Promise.resolve({ done: false, value: event });
    }
    if (!this.ended)
      return new Promise((resolve, reject) => {
        this.readers.push({ resolve, reject });
      });
    const { error } = this;
    this.error = undefined;
    return error === undefined ? Promise.resolve(DONE) : Promise.reject(error as Error);
  }

  /** Drops waiting events; `break` and `return` in a loop call it. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.events.clear();
    this.end();
    this.error = undefined;
    this.onReturn();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private settleRoom(): void {
    this.makeRoom?.();
    this.makeRoom = this.room = undefined;
  }
}
