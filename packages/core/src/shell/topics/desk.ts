import { TOPICS_PROTOCOL } from "../../topics/wire.ts";
import { UsageError } from "../../violation.ts";
import type { Session } from "../websocket/session.ts";
import { Speech } from "./speech.ts";
import { Topics } from "./topics.ts";

/** Decides whether a socket may subscribe: `false` refuses. */
export type SubscribeHandler = (socket: never, topic: string) => unknown;

/** Takes the subscriptions of a server's sockets. One for each server. */
export class Desk {
  readonly topics: Topics;
  private readonly ask: SubscribeHandler | undefined;

  constructor(topics: Topics, ask?: SubscribeHandler) {
    this.topics = topics;
    this.ask = ask;
  }

  /** Whether the application has a `subscribe` handler. */
  get asks(): boolean {
    return this.ask !== undefined;
  }

  /** Whether the application refuses. An exception of its handler goes to the caller of `subscribe`. */
  refuses(socket: unknown, topic: string): boolean {
    return this.ask !== undefined && this.ask(socket as never, topic) === false;
  }

  /** Returns the object that speaks the subprotocol for a session, if that was chosen. */
  speechFor(session: Session): Speech | undefined {
    return session.protocol === TOPICS_PROTOCOL ? new Speech(session, this) : undefined;
  }
}

/** Checks the option `topics`. @throws {UsageError} for a value that `topics()` has not made. */
export function checkTopics(what: string, topics: unknown): Topics {
  if (topics instanceof Topics) return topics;
  throw new UsageError(
    `${what}: topics: expected the result of topics(), got ${topics === null ? "null" : typeof topics}`,
  );
}
