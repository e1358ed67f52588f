/** Who waits for which pong: one callback a payload, called once. */
export class PongCallbacks {
  private readonly byPayload = new Map<string, () => void>();

  /** Takes the place of a callback that waits for the same payload. */
  add(payload: Uint8Array | undefined, callback: () => void): void {
    this.byPayload.set(payload === undefined ? "" : keyOf(payload), callback);
  }

  /** Returns who waited for a pong of `bytes[start, end)`, and forgets it. */
  take(bytes: Uint8Array, start: number, end: number): (() => void) | undefined {
    const key = keyOf(bytes.subarray(start, end)), callback = this.byPayload.get(key);
    this.byPayload.delete(key);
    return callback;
  }
}

/** Octets as characters: a payload need not be text, and is 125 bytes at most. */
const keyOf = (payload: Uint8Array): string => String.fromCharCode(...payload);
