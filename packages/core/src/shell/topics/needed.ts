import type { PreparedMessage } from "../../connection/send/prepared.ts";
import { UsageError } from "../../violation.ts";

/** The part of `Topics` by which a socket or event stream subscribes itself. */
export interface OwnTopics {
  subscribe(subscriber: object, topic: string): boolean;
  unsubscribe(subscriber: object, topic: string): boolean;
  of(subscriber: object): string[];
}

/** Speaks the subprotocol of topics for one socket: the part of `Speech` that the socket uses. */
export interface SocketSpeech {
  /** Returns a message of the application in the form of the subprotocol. */
  wrap(data: unknown, compress: boolean): PreparedMessage;
  /** Returns where the application's part of a message begins; `undefined` if the message was the subprotocol's own. */
  receive(bytes: Uint8Array, start: number, end: number): number | undefined;
}

/** The part of `Desk` by which a socket subscribes. */
export interface SocketDesk {
  readonly topics: OwnTopics;
  /** Whether the application refuses. */
  refuses(socket: unknown, topic: string): boolean;
  speechFor(session: object): SocketSpeech | undefined;
}

/** Returns the topics of a socket or event stream. @throws {UsageError} if it has none. */
export function neededTopics(topics: OwnTopics | undefined): OwnTopics {
  if (topics !== undefined) return topics;
  throw new UsageError(
    "subscribe: this subscriber has no topics: give its server, upgrade() or EventSource the option topics, or call topics.subscribe(socket, topic)",
  );
}
