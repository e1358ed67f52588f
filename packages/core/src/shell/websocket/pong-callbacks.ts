/** A peer that answers no ping, or only the last of several (RFC 6455 §5.5.3), would have callbacks pile up: beyond so many the oldest is forgotten. */
const MOST = 1024;

/** Who waits for which pong: one callback a payload, called once. */
export class PongCallbacks {
  private readonly byPayload = new Map<string, () => void>();

  /** Takes the place of a callback that waits for the same payload. */
  add(payload: Uint8Array | undefined, callback: () => void): void {
    const { byPayload } = this;
    const key = payload === undefined ? "" : keyOf(payload);
    byPayload.delete(key); // so that it is the youngest
    if (byPayload.size === MOST) byPayload.delete(byPayload.keys().next().value!);
    byPayload.set(key, callback);
  }

  /** Returns who waited for a pong of `bytes[start, end)`, and forgets it. */
  take(bytes: Uint8Array, start: number, end: number): (() => void) | undefined {
    const key = keyOf(bytes.subarray(start, end));
    const callback = this.byPayload.get(key);
    this.byPayload.delete(key);
    return callback;
  }
}

/** Octets as characters: a payload need not be text, and is 125 bytes at most. */
const keyOf = (payload: Uint8Array): string => String.fromCharCode(...payload);
