import type { PermessageDeflateOptions } from "../../extension/permessage-deflate.ts";
import type { ConnectionOptions } from "../../options.ts";
import type { RawPeer } from "../wire/raw-peer.ts";

/** The part of an open (or opening) WebSocket of the shell that the suites use. */
export interface PublicSocket {
  readonly readyState: number;
  readonly protocol: string;
  readonly bufferedAmount: number;
  /** `false` when the caller should wait for `drain`, or when nothing was sent. */
  send(data: string | Uint8Array): boolean;
  ping(data?: string, callback?: () => void): boolean;
  close(code?: number, reason?: string): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  addEventListener(type: string, listener: (event: never) => void): void;
}

/** The options of the server that an adapter starts for a suite. */
export interface ServeOptions extends Partial<ConnectionOptions> {
  /** Subprotocols the server speaks. */
  readonly protocols?: readonly string[];
  /** Answer every opening with this status instead of accepting. */
  readonly refuse?: number;
  readonly perMessageDeflate?: boolean | PermessageDeflateOptions;
  /** Take clients of drafts 75 and 76. */
  readonly drafts?: boolean;
}

/** The options of the client that an adapter connects for a suite. */
export interface ConnectOptions extends Partial<ConnectionOptions> {
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly perMessageDeflate?: boolean | PermessageDeflateOptions;
}

/** Something that listens. */
export interface Listening {
  /** `ws://…` or `wss://…`, ending in `/`. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and drops what is still connected. */
  stop(): Promise<void>;
}

/**
 * The parts that an adapter's test supplies to run the suites: its own server and client, and raw streams of
 * the same kind (TCP, or TLS) to speak to them by hand.
 */
export interface Harness {
  /** For the tests' names: `"node:http over TLS"`. */
  readonly name: string;
  /** How many connections to hold at once in the test of many. */
  readonly many: number;
  /** Starts a server of the adapter's; `onSocket` is called for every WebSocket, before its events. */
  serve(onSocket: (socket: PublicSocket) => void, options?: ServeOptions): Promise<Listening>;
  /** Connects a client of the adapter's; rejects where the opening fails. Messages wait for listeners attached at once. */
  connect(url: string, options?: ConnectOptions): Promise<PublicSocket>;
  /** A raw stream to a server of the adapter's. It masks. */
  dial(port: number): Promise<RawPeer>;
  /** A raw server for a client of the adapter's. Its peers do not mask. */
  answer(onPeer: (peer: RawPeer) => void): Promise<Listening>;
  /** How many sockets, servers and timers the process holds, where the runtime can tell. */
  readonly held?: () => number;
}
