import { chunksOf } from "../../runtime/chunks.ts";
import type { SendOptions } from "./options.ts";
import type { EventSourceSession } from "./session.ts";

/** The part of an `EventSource` that sending uses. */
interface EventSink {
  readonly writable: boolean;
  send(data: unknown, options?: SendOptions): boolean;
}

/** Who is sent what an iterable gives. */
interface Receiver {
  /** Whether more is wanted. */
  readonly wants: () => boolean;
  /** Returns whether there is room for more. */
  readonly send: (value: unknown) => boolean;
}

/** @see EventSource.sendAll */
export function sendAll(
  source: EventSink,
  session: EventSourceSession,
  iterable: AsyncIterable<unknown> | Iterable<unknown>,
): Promise<boolean> {
  return sendEach(session, iterable, {
    wants: () => source.writable,
    send: (value) => sendOne(source, value),
  });
}

/**
 * Sends each of what an iterable gives, as fast as the reader takes it. The iterable is told when no more is wanted: at once where the stream closes.
 * @returns whether all was sent
 */
export async function sendEach(
  session: EventSourceSession,
  iterable: AsyncIterable<unknown> | Iterable<unknown>,
  { wants, send }: Receiver,
): Promise<boolean> {
  const events = chunksOf(iterable);
  let leave!: (left: typeof LEFT) => void;
  const left = new Promise<typeof LEFT>((resolve) => {
    leave = resolve;
  });
  const watcher = {
    closed: (): void => {
      leave(LEFT);
    },
  };
  session.watch(watcher);
  try {
    while (wants()) {
      // What is there already leaves in one write: nothing is awaited that need not be.
      const next = events.next();
      const result = next instanceof Promise ? await Promise.race([next, left]) : next;
      if (result === LEFT || !wants()) break;
      if (result.done === true) return true;
      if (!send(result.value) && wants()) await drained(session);
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

function sendOne(source: EventSink, value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("data" in value)) return source.send(value);
  // What else it has is its own: a row of a table, say.
  const { data, event, id, retry } = value as SendOptions & { readonly data: unknown };
  return source.send(data, { event, id, retry });
}

/** Waits until the reader takes more, or has left. */
function drained(session: EventSourceSession): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      session.unwatch(watcher);
      resolve();
    };
    const watcher = { closed: done, drained: done };
    session.watch(watcher);
  });
}
