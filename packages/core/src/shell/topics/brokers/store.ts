import type { Followed } from "../../../topics/follower.ts";

/** How much a store keeps of a topic. */
export interface StoreLimits {
  /** Messages. */
  readonly size: number;
  /** How old they may be. */
  readonly seconds: number;
}

/** A message of a store. A position is two whole numbers joined by `-`; the first rises when the second begins anew. */
export type StoredMessage = Followed<Uint8Array>;

/** Keeps what is published, for all processes, so that one may resume where another was killed. */
export interface TopicStore {
  /** Called once, before anything else, with the most that any topic is to keep. */
  open?(limits: StoreLimits): Promise<unknown>;
  /** Keeps bytes behind all that its topic has, and sends them to all who subscribe. Rejects where they are not known to be kept. */
  append(topic: string, bytes: Uint8Array, limits: StoreLimits): Promise<unknown>;
  /**
   * Calls `listener` for each message of the topics that `pattern` covers, those of this process too. One may be missing or come twice.
   * @returns what ends it
   */
  subscribe(pattern: string, listener: (topic: string, message: StoredMessage) => void): () => void;
  /** The messages after `position`, oldest first; `undefined` where not all of them are kept. */
  since(topic: string, position: string): Promise<readonly StoredMessage[] | undefined>;
  /** The position of the newest message; `"0-0"` where there is none. */
  end(topic: string): Promise<string>;
  /** As a backplane's. */
  watch?(listener: (isConnected: boolean) => void): () => void;
}
