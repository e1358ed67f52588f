import { UsageError } from "../../violation.ts";
import { type EventSource, SOURCE } from "../sse/server/event-source.ts";
import { SESSION, type WebSocket } from "../websocket/websocket.ts";

/** A subscriber of topics: a WebSocket, or a server's event stream. */
export type Subscriber = WebSocket | EventSource;

/** Checks a subscriber. @throws {UsageError} for a value that is neither. */
export function checkSubscriber(subscriber: unknown): void {
  if (typeof subscriber === "object" && subscriber !== null) {
    if (SESSION in subscriber || SOURCE in subscriber) return;
  }
  throw new UsageError(
    "subscribe: expected a WebSocket or an EventSource of this library first, then a topic",
  );
}

export const isWebSocket = (subscriber: Subscriber): subscriber is WebSocket =>
  (subscriber as Partial<WebSocket>)[SESSION] !== undefined;

/** Whether a subscriber can never get a message again. */
export const isOver = (subscriber: Subscriber): boolean =>
  isWebSocket(subscriber) ? subscriber.readyState > 1 : !subscriber.writable;

/** Returns a test for subscribers to leave out. */
export function exceptionOf(
  except: Subscriber | Iterable<Subscriber> | undefined,
): ((subscriber: Subscriber) => boolean) | undefined {
  if (except === undefined) return undefined;
  if (SESSION in except || SOURCE in except) return (subscriber) => subscriber === except;
  const all = new Set(except);
  return (subscriber) => all.has(subscriber);
}
