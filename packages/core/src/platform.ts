/** `checkUtf8` found malformed UTF-8. The results are numbers, because the hot path branches on them. */
export const NOT_UTF8 = 0;
/** `checkUtf8` found well-formed UTF-8 (RFC 3629) beyond ASCII. */
export const UTF8 = 1;
/** `checkUtf8` found octets below 128 only: each is one character. */
export const ASCII = 2;
/** A result of {@link Platform.checkUtf8}. */
export type Utf8Kind = typeof NOT_UTF8 | typeof UTF8 | typeof ASCII;

/**
 * The runtime's functions that a pure core lacks, or cannot do fast. One object a process;
 * each adapter supplies it.
 */
export interface Platform {
  /** Fills `bytes` from a cryptographically strong source. */
  randomFill(bytes: Uint8Array): void;
  /** Returns whether `bytes[start, end)` is well-formed UTF-8, and whether it is plain ASCII. */
  checkUtf8(bytes: Uint8Array, start: number, end: number): Utf8Kind;
  /** Decodes `bytes[start, end)`, which `checkUtf8` has approved; `ascii` if it found ASCII only. Keeps a leading U+FEFF. */
  decodeUtf8(bytes: Uint8Array, start: number, end: number, ascii: boolean): string;
  /** Writes `text` at `offset`, where three bytes per UTF-16 unit are free; returns the bytes written. Lone surrogates become U+FFFD. */
  encodeUtf8Into(text: string, into: Uint8Array, offset: number): number;
  /** Encodes `text` into memory of exactly its size, which the caller owns. */
  encodeUtf8(text: string): Uint8Array;
  /** Returns uninitialised memory that nothing else refers to; the core overwrites every byte it sends. */
  allocate(size: number): Uint8Array;
  /** Returns the milliseconds of a monotonic clock, from any start. Called when a ping leaves and when its pong comes. */
  now(): number;
}
