/** The runtime's compression for permessage-deflate: DEFLATE (RFC 1951) in raw form, a message at a time. */
export interface Compression {
  createDeflater(parameters: DeflateParameters): Deflater;
  createInflater(parameters: InflateParameters): Inflater;
}

/** How a {@link Deflater} compresses. */
export interface DeflateParameters {
  /** The base-2 logarithm of the window, 8 to 15. */
  readonly windowBits: number;
  /** Whether a message may refer to those before it. */
  readonly takeover: boolean;
  /** zlib's: 0 to 9. */
  readonly level: number | undefined;
  /** zlib's: 1 to 9. */
  readonly memLevel: number | undefined;
}

/** How an {@link Inflater} decompresses, and its limit. */
export interface InflateParameters {
  readonly windowBits: number;
  readonly takeover: boolean;
  /** The most bytes a message may inflate to. Output must stop there, not be measured after. */
  readonly maxSize: number;
}

/** Compresses the messages of one connection, one at a time. */
export interface Deflater {
  /**
   * Compresses `data`, which it may read until done. The result ends with a sync flush, less its last four bytes `00 00 ff ff`
   * (RFC 7692 §7.2.1), and is the receiver's. `undefined` is failure, for lack of memory say.
   */
  deflate(data: Uint8Array, done: (result: Uint8Array | undefined) => void): void;
  /** Frees what it holds. Called once, when nothing is under way. */
  close(): void;
}

/** Decompresses the messages of one connection, one at a time. */
export interface Inflater {
  /** Decompresses `data`, to which the four bytes are still to be added. The result is the receiver's; `cause` is the error where there is none. */
  inflate(
    data: Uint8Array,
    done: (result: Uint8Array | "too-big" | "invalid", cause?: unknown) => void,
  ): void;
  close(): void;
}
