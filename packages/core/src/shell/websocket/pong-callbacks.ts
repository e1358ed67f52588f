/** The most callbacks of a socket: if a peer answers no ping, or only the last of several (RFC 6455 §5.5.3), the oldest callbacks are dropped. */
const MOST = 1024;

/** The callbacks that wait for pongs: one for each payload, called once. */
export class PongCallbacks {
  private readonly byPayload = new Map<string, () => void>();

  /** Adds a callback, in place of one that waits for the same payload. */
  add(payload: Uint8Array | undefined, callback: () => void): void {
    const { byPayload } = this;
    const key = payload === undefined ? "" : keyOf(payload);
    byPayload.delete(key); // so that it is the youngest
    if (byPayload.size === MOST) byPayload.delete(byPayload.keys().next().value!);
    byPayload.set(key, callback);
  }

  /** Removes and returns the callback that waited for a pong of `bytes[start, end)`. */
  take(bytes: Uint8Array, start: number, end: number): (() => void) | undefined {
    const key = keyOf(bytes.subarray(start, end));
    const callback = this.byPayload.get(key);
    this.byPayload.delete(key);
    return callback;
  }
}

/** Octets as characters: a payload need not be text, and is 125 bytes at most. */
const keyOf = (payload: Uint8Array): string => String.fromCharCode(...payload);
