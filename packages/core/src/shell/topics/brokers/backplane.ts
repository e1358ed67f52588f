/** What carries messages between processes. Topics are as the application names them; patterns have `*` and `**`. */
export interface Backplane {
  /** Sends bytes to the other processes that subscribe; they are the backplane's from now on. */
  publish(topic: string, bytes: Uint8Array): unknown;
  /**
   * Calls `listener` for each message of the topics that `pattern` covers. One that comes twice, or back to its sender, is dropped
   * by the caller.
   * @returns what ends it
   */
  subscribe(pattern: string, listener: BackplaneListener): () => void;
  /**
   * Calls `listener` with false when the broker is lost, and with true when it is back and every subscription is there again.
   * @returns what ends it
   */
  watch?(listener: (isConnected: boolean) => void): () => void;
}

/** Receives each message that is published to a topic the pattern matches. */
export type BackplaneListener = (topic: string, bytes: Uint8Array) => void;
