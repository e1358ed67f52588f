import type { Followed } from "../../../topics/follower.ts";

/** Limits on the messages of a topic that a store keeps. */
export interface StoreLimits {
  /** The number of messages. */
  readonly size: number;
  /** The age of a message, in seconds. */
  readonly seconds: number;
}

/** A message of a store. A position is two whole numbers joined by `-`; the first rises when the second begins anew. */
export type StoredMessage = Followed<Uint8Array>;

/** Keeps published messages for all processes, so that a client may resume at another process. */
export interface TopicStore {
  /** Called once, before anything else, with the largest limits of any topic. */
  open?(limits: StoreLimits): Promise<unknown>;
  /** Appends bytes to a topic, and sends them to all subscribed processes. Rejects if the store has not confirmed that it keeps them. */
  append(topic: string, bytes: Uint8Array, limits: StoreLimits): Promise<unknown>;
  /**
   * Calls `listener` for each message of the topics that `pattern` covers, those of this process too. A message may be missing or come twice.
   * @returns a function that ends it
   */
  subscribe(pattern: string, listener: (topic: string, message: StoredMessage) => void): () => void;
  /** Returns the messages after `position`, oldest first; `undefined` if the store does not keep all of them. */
  since(topic: string, position: string): Promise<readonly StoredMessage[] | undefined>;
  /** Returns the position of the newest message; `"0-0"` if there is none. */
  end(topic: string): Promise<string>;
  /** The same as {@link Backplane.watch}. */
  watch?(listener: (isConnected: boolean) => void): () => void;
}
