import type { HeaderSection, OpeningResponse } from "../../opening.ts";

/** Called with the outcome of a write. */
export type Sent = (error?: Error | null) => void;

/** Carries bytes both ways. An adapter brings it; it decides nothing. */
export interface Transport {
  /** Calls `sent` once `bytes` and all before them have left the process, or with an error if they never will; not from inside. Transports of event streams never call it. */
  write(bytes: Uint8Array, sent?: Sent): void;
  /** Only over HTTP/2: sends the head of the opening as fields, before all bytes. */
  writeHead?(head: HeaderSection): void;
  /** Writes several pieces in order, in one system call if possible. */
  writeMany(pieces: readonly Uint8Array[], sent?: Sent): void;
  /** Half-closes once all written bytes have left. */
  end(): void;
  /** Drops the transport at once. */
  destroy(): void;
  pause(): void;
  resume(): void;
  /** Bytes written that have not left the process. */
  readonly bufferedBytes: number;
  /** Whether writers should wait; `onDrain` will follow. */
  readonly backedUp: boolean;
  /** The step it waits for until it carries bytes, in words for people. */
  readonly waitsFor?: string | undefined;
  /** The peer's IP address, if there is one and it is known. */
  readonly remoteAddress?: string | undefined;
}

/** The values of {@link Transport.waitsFor} of a client. */
export const WAITS_FOR = {
  connection:
    "there is no connection yet; is the address right, and does a firewall let it through?",
  tls: "the other side has not agreed on TLS; does it speak it?",
  http2: "there is no session of HTTP/2 yet; is the address right, and does the server speak it?",
} as const;

/** The listener of a transport. Its calls are serial, and never come from inside a `Transport` method. */
export interface TransportListener {
  /** `bytes` is fresh memory and becomes the listener's. */
  onData(bytes: Uint8Array): void;
  /** Only for a client over HTTP/2: the answer to its opening, before all bytes. */
  onResponse?(response: OpeningResponse): void;
  /** The peer ended its side; ours may still write. */
  onEnd(): void;
  /** Some waiting bytes have left, and some have not: `bufferedBytes` is less. Not all transports call it. */
  onProgress?(): void;
  /** The written bytes have left: `bufferedBytes` is 0 or near it. */
  onDrain(): void;
  /** The transport has ended, for any reason; `cause` is the error, if one is known. The last call. */
  onGone(cause?: unknown): void;
}
