import { chunksOf } from "../../runtime/chunks.ts";
import type { SendOptions } from "./options.ts";
import type { EventSourceSession } from "./session.ts";

/** The part of an `EventSource` that {@link sendAll} uses. */
interface EventSink {
  readonly writable: boolean;
  send(data: unknown, options?: SendOptions): boolean;
}

/** The receiver of the values of an iterable. */
interface Receiver {
  /** Whether the receiver wants more. */
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
 * Sends each value of an iterable, as fast as the client reads. It stops the iterable when no more is wanted: at once if the stream closes.
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
      // Values that are there already leave in one write: it awaits only promises.
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
  // Its other properties are its own, such as those of a row of a table.
  const { data, event, id, retry } = value as SendOptions & { readonly data: unknown };
  return source.send(data, { event, id, retry });
}

/** Waits until the client takes more, or has left. */
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
