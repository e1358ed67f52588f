import type { HeaderSection, OpeningResponse } from "../../opening.ts";

/** Hears what became of a write. */
export type Sent = (error?: Error | null) => void;

/** What an adapter binds: something that carries bytes both ways. It decides nothing. */
export interface Transport {
  /** `sent` is called once `bytes` and all before them have left the process, or with an error once they never will; not from inside. Event streams' do not tell. */
  write(bytes: Uint8Array, sent?: Sent): void;
  /** By HTTP/2 only: the head of the opening, which is fields there. Before all bytes. */
  writeHead?(head: HeaderSection): void;
  /** Several pieces in order, gathered into one system call where possible. */
  writeMany(pieces: readonly Uint8Array[], sent?: Sent): void;
  /** Half-closes once everything written has left. */
  end(): void;
  /** Drops the transport at once. */
  destroy(): void;
  pause(): void;
  resume(): void;
  /** Bytes written that have not left the process. */
  readonly bufferedBytes: number;
  /** Whether so much waits that writers should; `onDrain` will follow. */
  readonly backedUp: boolean;
  /** Before it carries bytes: what it waits for, in words for people. */
  readonly waitsFor?: string | undefined;
  /** The other side's IP address, where there is one and it is known. */
  readonly remoteAddress?: string | undefined;
}

/** What a client's transport says that it waits for. */
export const WAITS_FOR = {
  connection:
    "there is no connection yet; is the address right, and does a firewall let it through?",
  tls: "the other side has not agreed on TLS; does it speak it?",
  http2: "there is no session of HTTP/2 yet; is the address right, and does the server speak it?",
} as const;

/** Whom a transport tells. Calls are serial, and never made from inside a `Transport` method. */
export interface TransportListener {
  /** `bytes` is fresh memory and becomes the listener's. */
  onData(bytes: Uint8Array): void;
  /** By HTTP/2 only, and to a client: the answer to its opening. Before all bytes. */
  onResponse?(response: OpeningResponse): void;
  /** The peer ended its side; ours may still write. */
  onEnd(): void;
  /** Of what waits some has left, and some has not: `bufferedBytes` is less. A transport that cannot tell leaves it out. */
  onProgress?(): void;
  /** What was written has left: `bufferedBytes` is 0 or near it. */
  onDrain(): void;
  /** The transport is gone, for whatever reason; `cause` where one is known. Last. */
  onGone(cause?: unknown): void;
}
