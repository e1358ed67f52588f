import type { EventSource } from "./event-source.ts";
import type { SendOptions } from "./event-source-options.ts";

/** What gives the events, in the form that can be told to stop while it is being waited for. */
interface Events {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  stop(): unknown;
}

/** @see EventSource.sendAll */
export async function sendAll(source: EventSource, iterable: AsyncIterable<unknown> | Iterable<unknown>): Promise<boolean> {
  const events = eventsOf(iterable);
  let leave!: (left: typeof LEFT) => void;
  const left = new Promise<typeof LEFT>((resolve) => { leave = resolve; });
  const closed = (): void => { leave(LEFT); };
  source.on("close", closed);
  try {
    while (source.writable) {
      // What is there already leaves in one write: nothing is awaited that need not be.
      const next = events.next(), result = next instanceof Promise ? await Promise.race([next, left]) : next;
      if (result === LEFT || !source.writable) break;
      if (result.done === true) return true;
      if (!sendOne(source, result.value) && source.writable) await drained(source);
    }
    stop(events);
    return false;
  } catch (error) {
    stop(events);
    throw error;
  } finally {
    source.removeListener("close", closed);
  }
}

const LEFT: unique symbol = Symbol("left");

function sendOne(source: EventSource, value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("data" in value)) return source.send(value);
  return source.send(value.data, value as SendOptions);
}

/** Waits until the reader takes more, or has left. */
export function drained(source: EventSource): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      source.off("drain", done).off("close", done);
      resolve();
    };
    source.on("drain", done).on("close", done);
  });
}

/**
 * An async generator hears `return()` only when it comes to its next `yield`; what can be cancelled while it waits, is: a Node stream by `destroy`, a
 * Web stream by its reader.
 */
function eventsOf(iterable: AsyncIterable<unknown> | Iterable<unknown>): Events {
  if ("getReader" in iterable) {
    const reader = (iterable as unknown as ReadableStream).getReader();
    return { next: () => reader.read() as Promise<IteratorResult<unknown>>, stop: () => reader.cancel() };
  }
  const iterator = Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
  const stream = iterable as { destroy?: () => void };
  return { next: () => iterator.next(), stop: () => typeof stream.destroy === "function" ? stream.destroy() : iterator.return?.() };
}

/** Nobody waits for what stopping brings, and its failure changes nothing. */
function stop(events: Events): void {
  void Promise.resolve().then(() => events.stop()).catch(() => {});
}
