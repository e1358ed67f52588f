import { UsageError } from "../../violation.ts";
import { Topics } from "./topics.ts";

/** Asked whether a socket may subscribe: `false` refuses. */
export type SubscribeHandler = (socket: never, topic: string) => unknown;

/** Where the sockets of a server subscribe. One a server. */
export class Desk {
  readonly topics: Topics;
  private readonly ask: ((socket: never, topic: string) => unknown) | undefined;

  constructor(topics: Topics, ask?: SubscribeHandler) {
    this.topics = topics;
    this.ask = ask;
  }

  /** Whether the application refuses. What it throws goes to whoever subscribes. */
  refuses(socket: unknown, topic: string): boolean {
    return this.ask !== undefined && this.ask(socket as never, topic) === false;
  }
}

/** @throws {UsageError} for what `topics()` has not made. */
export function checkTopics(what: string, topics: unknown): Topics {
  if (topics instanceof Topics) return topics;
  throw new UsageError(
    `${what}: topics is what topics() makes, got ${topics === null ? "null" : typeof topics}`,
  );
}
