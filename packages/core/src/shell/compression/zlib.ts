/** The part of `node:zlib` that the library uses; Node, Deno and Bun have it. */
export interface Zlib {
  readonly constants: { readonly Z_SYNC_FLUSH: number };
  deflateRawSync(data: Uint8Array, options: ZlibOptions): Uint8Array;
  inflateRawSync(data: Uint8Array, options: ZlibOptions): Uint8Array;
  deflateRaw(
    data: Uint8Array,
    options: ZlibOptions,
    done: (error: Error | null, result: Uint8Array) => void,
  ): void;
  inflateRaw(
    data: Uint8Array,
    options: ZlibOptions,
    done: (error: Error | null, result: Uint8Array) => void,
  ): void;
  createDeflateRaw(options: ZlibOptions): ZlibStream;
  createInflateRaw(options: ZlibOptions): ZlibStream;
}

/** The options of `node:zlib` that permessage-deflate sets. */
export interface ZlibOptions {
  readonly windowBits: number;
  readonly level?: number;
  readonly memLevel?: number;
  /** How to flush after each `write`. */
  readonly flush?: number;
  readonly finishFlush?: number;
  readonly maxOutputLength?: number;
  readonly chunkSize?: number;
  /** Bytes that data may refer to, as if they had come before. */
  readonly dictionary?: Uint8Array;
}

/** A zlib transform whose state lives from message to message. */
export interface ZlibStream {
  /** Calls `callback` when zlib has taken `data`, and has emitted its output as `data` events. */
  write(data: Uint8Array, callback: () => void): unknown;
  /** Whether it was closed, or has failed, before or after `error`. */
  readonly destroyed: boolean;
  /** The number of written bytes that zlib has taken. */
  readonly bytesWritten: number;
  close(): void;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** The bytes at the end of every message, which are not sent (RFC 7692 §7.2.1). */
export const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);

/** The same, and then an empty final block (RFC 1951 §3.2.3), which makes a message a whole stream. */
export const FINAL_TAIL = Uint8Array.of(0, 0, 0xff, 0xff, 3, 0);

/** Returns a message with `tail` behind it. */
export function withTail(data: Uint8Array, tail: Uint8Array): Uint8Array {
  const input = new Uint8Array(data.length + tail.length);
  input.set(data);
  input.set(tail, data.length);
  return input;
}
