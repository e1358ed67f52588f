/** Carries messages between processes. Topics have the application's names; patterns have `*` and `**`. */
export interface Backplane {
  /** Sends bytes to the other processes that subscribe; the backplane then owns the bytes. */
  publish(topic: string, bytes: Uint8Array): unknown;
  /**
   * Calls `listener` for each message of the topics that `pattern` covers. The caller drops a message that comes twice, or back to its
   * sender.
   * @returns a function that ends it
   */
  subscribe(pattern: string, listener: BackplaneListener): () => void;
  /**
   * Calls `listener` with false when the broker is lost, and with true when it is back and every subscription is there again.
   * @returns a function that ends it
   */
  watch?(listener: (isConnected: boolean) => void): () => void;
}

/** Receives each message that is published to a topic the pattern matches. */
export type BackplaneListener = (topic: string, bytes: Uint8Array) => void;
