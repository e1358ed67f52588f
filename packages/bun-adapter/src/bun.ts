/** The transport that receives the events of a `Bun.Socket`: a `BunTransport`. */
export interface BunSocketOwner {
  received(bytes: Uint8Array): void;
  drained(): void;
  finished(): void;
  failed(cause: unknown): void;
  closed(error: unknown): void;
}

/** The used part of a `Bun.Socket`. */
export interface BunSocket {
  data: BunSocketOwner | undefined;
  /** Returns the number of bytes taken: fewer than given when no more fits, and −1 when the socket is closed. It keeps no others. */
  write(bytes: Uint8Array): number;
  readonly remoteAddress?: string;
  /** Half-closes. */
  shutdown(): unknown;
  /** Closes both ways at once; bytes taken still leave. `end()` would wait for the peer's `close_notify` under TLS. */
  close(): unknown;
  pause(): unknown;
  resume(): unknown;
  setNoDelay(noDelay: boolean): unknown;
}

/** Bun's handlers for all sockets of a listener or of the process. */
export interface BunSocketHandlers {
  readonly binaryType?: "buffer" | "uint8array";
  open(socket: BunSocket): void;
  handshake?(socket: BunSocket, success: boolean, error: Error | null): void;
  data(socket: BunSocket, bytes: Uint8Array): void;
  drain(socket: BunSocket): void;
  end(socket: BunSocket): void;
  close(socket: BunSocket, error?: unknown): void;
  /** A handler has thrown. */
  error(socket: BunSocket, error: unknown): void;
  connectError?(socket: BunSocket, error: unknown): void;
}

export interface BunListener {
  readonly port: number;
  stop(closeConnections?: boolean): void;
}

type Place = { readonly hostname: string; readonly port: number } | { readonly unix: string };
type Options = Place & {
  readonly allowHalfOpen: boolean;
  readonly tls?: object | undefined;
  readonly socket: BunSocketHandlers;
  readonly data?: unknown;
};

/** The used part of the global `Bun`. */
interface Bun {
  listen(options: Options): BunListener;
  connect(options: Options): Promise<unknown>;
}

declare const Bun: Bun | undefined;

/** Returns the global at each use: other runtimes load this package too, through a bundler or a test, and much of it works there. */
function here(): Bun {
  if (typeof Bun === "undefined")
    throw new Error(
      "@sansocket/bun-adapter listens and connects by Bun, and this is another runtime: on Node use @sansocket/node-adapter, on Deno @sansocket/deno-adapter",
    );
  return Bun;
}

export const bun: Pick<Bun, "listen" | "connect"> = {
  listen: (options) => here().listen(options),
  connect: (options) => here().connect(options),
};
