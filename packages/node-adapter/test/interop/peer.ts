/** The peers of the interop command: a proxy, a browser, a server or a client of others, and how each starts. */
import type { Program } from "./processes.ts";

/** The results of one peer, as the cells of its row in docs/interop.md. */
export interface Cells {
  readonly opens: string;
  readonly text: string;
  readonly binary: string;
  readonly ping: string;
  readonly deflate: string;
  /** The code the other side saw when ours closes with 3001. */
  readonly ours: string;
  /** The code ours saw when the other side closes with 4002, or a broker is stopped. */
  readonly theirs: string;
  /** Whether a side hears that the other is gone, where a proxy stands between them. */
  readonly gone: string;
  readonly events: string;
  /** Of a reader of event streams: whether an event with a name and an id arrives so. */
  readonly named?: string;
  /** Whether it comes back, with the last id, after the server has ended the stream. */
  readonly returns?: string;
}

/** One row of the table: what was seen over one HTTP version. */
export interface Row {
  readonly http: string;
  readonly cells: Cells;
}

export type Role =
  "proxy" | "client's proxy" | "browser" | "server" | "client" | "broker" | "worker" | "reader";

/** The description that every peer has. */
export interface Peer {
  /** Its name as an argument of the command. */
  readonly name: string;
  readonly role: Role;
  /** Names of HTTP versions that it speaks with ours. */
  readonly http: readonly string[];
  /** Debian packages, or what else is to be done. */
  readonly install: string;
  /** Settings that it needs, and its peculiarities: words for the table. */
  readonly notes: string;
  /** Its own name and version; `undefined` where it is not installed. */
  version(): string | undefined;
}

/** Where a proxy finds the servers behind it. */
export interface Backends {
  /** The port of a server that speaks HTTP/1.1. */
  readonly h1: number;
  /** The port of one that speaks HTTP/2 without TLS, and nothing else. */
  readonly h2c: number;
}

/** A proxy that runs. */
export interface RunningProxy {
  /** Where it is reached, such as `wss://localhost:1234`, or for a client's own proxy `http://…`. */
  readonly url: string;
  readonly program: Program;
}

export interface Proxy extends Peer {
  readonly role: "proxy" | "client's proxy";
  /** Whether it is quick enough to be run by every `npm test`. */
  readonly quick: boolean;
  start(backends: Backends): Promise<RunningProxy>;
}
