/** The runtime's functions that the pure linter lacks. All are synchronous. */

export type HashName = "sha256" | "sha384";
/** A cipher of TLS that is read: authenticated ones alone. */
export type AeadName = "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305";

/** The functions of a runtime for the linter: ciphers, inflating, HPACK. */
export interface LintTools {
  /**
   * Inflates raw DEFLATE (RFC 1951) that ends with a sync flush. `dictionary` holds the bytes before, at most the window.
   * Returns at most `maxSize` bytes; `undefined` where the data is not valid.
   */
  inflateRaw(
    data: Uint8Array,
    options: {
      readonly windowBits: number;
      readonly dictionary: Uint8Array;
      readonly maxSize: number;
    },
  ): Uint8Array | "too-big" | undefined;
  /** HMAC (RFC 2104), for the keys of TLS. */
  hmac(hash: HashName, key: Uint8Array, data: Uint8Array): Uint8Array;
  /** Opens bytes that an AEAD sealed, with the tag of 16 bytes at their end; `undefined` where the tag is wrong. */
  open(
    aead: AeadName,
    key: Uint8Array,
    nonce: Uint8Array,
    sealed: Uint8Array,
    additional: Uint8Array,
  ): Uint8Array | undefined;
  /** Decodes the header blocks of one direction of an HTTP/2 connection (RFC 7541), in order. */
  createHpackDecoder(): HpackDecoder;
}

/** Decodes header blocks of one direction of an HTTP/2 connection (RFC 7541). */
export interface HpackDecoder {
  /** `undefined` where a block is not valid: no later one can be read then. */
  decode(block: Uint8Array): (readonly [name: string, value: string])[] | undefined;
}
