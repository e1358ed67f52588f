import { chunksOf } from "./chunks.ts";
import type { EventSource } from "./event-source.ts";
import type { SendOptions } from "./event-source-options.ts";
import type { EventSourceSession } from "./event-source-session.ts";

/** @see EventSource.sendAll */
export async function sendAll(source: EventSource, session: EventSourceSession, iterable: AsyncIterable<unknown> | Iterable<unknown>): Promise<boolean> {
  const events = chunksOf(iterable);
  let leave!: (left: typeof LEFT) => void;
  const left = new Promise<typeof LEFT>((resolve) => { leave = resolve; });
  const watcher = { closed: (): void => { leave(LEFT); } };
  session.watch(watcher);
  try {
    while (source.writable) {
      // What is there already leaves in one write: nothing is awaited that need not be.
      const next = events.next(), result = next instanceof Promise ? await Promise.race([next, left]) : next;
      if (result === LEFT || !source.writable) break;
      if (result.done === true) return true;
      if (!sendOne(source, result.value) && source.writable) await drained(session);
    }
    events.stop();
    return false;
  } catch (error) {
    events.stop();
    throw error;
  } finally {
    session.unwatch(watcher);
  }
}

const LEFT: unique symbol = Symbol("left");

function sendOne(source: EventSource, value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("data" in value)) return source.send(value);
  return source.send(value.data, value as SendOptions);
}

/** Waits until the reader takes more, or has left. */
export function drained(session: EventSourceSession): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      session.unwatch(watcher);
      resolve();
    };
    const watcher = { closed: done, drained: done };
    session.watch(watcher);
  });
}
