import { TOPICS_PROTOCOL } from "../../topics/wire.ts";
import { UsageError } from "../../violation.ts";
import type { Session } from "../websocket/session.ts";
import { Speech } from "./speech.ts";
import { Topics } from "./topics.ts";

/** Asked whether a socket may subscribe: `false` refuses. */
export type SubscribeHandler = (socket: never, topic: string) => unknown;

/** Where the sockets of a server subscribe. One a server. */
export class Desk {
  readonly topics: Topics;
  private readonly ask: SubscribeHandler | undefined;

  constructor(topics: Topics, ask?: SubscribeHandler) {
    this.topics = topics;
    this.ask = ask;
  }

  /** Whether the application is asked. */
  get asks(): boolean {
    return this.ask !== undefined;
  }

  /** Whether the application refuses. What it throws goes to whoever subscribes. */
  refuses(socket: unknown, topic: string): boolean {
    return this.ask !== undefined && this.ask(socket as never, topic) === false;
  }

  /** What speaks the subprotocol, where that has been chosen. */
  speechFor(session: Session): Speech | undefined {
    return session.protocol === TOPICS_PROTOCOL ? new Speech(session, this) : undefined;
  }
}

/** @throws {UsageError} for what `topics()` has not made. */
export function checkTopics(what: string, topics: unknown): Topics {
  if (topics instanceof Topics) return topics;
  throw new UsageError(
    `${what}: topics is what topics() makes, got ${topics === null ? "null" : typeof topics}`,
  );
}
