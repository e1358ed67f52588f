import type {
  ConnectOptions,
  PublicSocket,
  Harness,
  Listening,
  ServeOptions,
} from "../suites/harness.ts";
import { within } from "../assertion.ts";
import { Journal } from "../journal.ts";
import type { Head, RawPeer } from "./raw-peer.ts";
import { acceptFor } from "./frames.ts";

/** A connection with the library at one end and the test's own hand at the other. */
export interface Line {
  readonly peer: RawPeer;
  /** The journal of the library's end. */
  readonly journal: Journal;
  /** The head the library sent: its request, or its response. */
  readonly head: Head;
}

/** A connection with the library at both ends. */
export interface Pair {
  readonly client: Journal;
  readonly server: Journal;
}

/** The key of RFC 6455 §1.3. */
export const SAMPLE_KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** An opening request. Fields are replaced by name, added, or left out where `undefined`. */
export function requestHead(
  changes: Readonly<Record<string, string | undefined>> = {},
  startLine = "GET / HTTP/1.1",
): string {
  const fields: Record<string, string | undefined> = {
    Host: "localhost",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": SAMPLE_KEY,
    "Sec-WebSocket-Version": "13",
    ...changes,
  };
  return writeHead(startLine, fields);
}

/** The response that opens `request`, likewise changed. */
export async function responseHead(
  request: Head,
  changes: Readonly<Record<string, string | undefined>> = {},
  startLine = "HTTP/1.1 101 Switching Protocols",
): Promise<string> {
  return writeHead(startLine, {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Accept": await acceptFor(request.get("sec-websocket-key") ?? ""),
    ...changes,
  });
}

function writeHead(
  startLine: string,
  fields: Readonly<Record<string, string | undefined>>,
): string {
  const lines = Object.entries(fields).filter(([, value]) => value !== undefined);
  return `${[startLine, ...lines.map(([name, value]) => `${name}: ${value}`)].join("\r\n")}\r\n\r\n`;
}

/** Runs `use` with a server of the library's, and stops it after. `setup` sees every socket first. */
export async function withServer<T>(
  harness: Harness,
  use: (server: Listening, next: () => Promise<Journal>) => Promise<T>,
  setup: (socket: PublicSocket) => void = () => {},
  options: ServeOptions = {},
): Promise<T> {
  const accepted: Journal[] = [];
  const waiting: ((journal: Journal) => void)[] = [];
  const server = await harness.serve((socket) => {
    const journal = new Journal(socket);
    const taker = waiting.shift();
    setup(socket);
    if (taker) taker(journal);
    else accepted.push(journal);
  }, options);
  const next = (): Promise<Journal> => {
    const ready = accepted.shift();
    return within(
      ready ? Promise.resolve(ready) : new Promise<Journal>((resolve) => waiting.push(resolve)),
      "a socket at the server",
    );
  };
  try {
    return await use(server, next);
  } finally {
    await within(server.stop(), "the server to stop");
  }
}

/** Runs `use` with a server of the test's own; `next` gives the connections as they come. */
export async function withRawServer<T>(
  harness: Harness,
  use: (server: Listening, next: () => Promise<RawPeer>) => Promise<T>,
): Promise<T> {
  const accepted: RawPeer[] = [];
  const waiting: ((peer: RawPeer) => void)[] = [];
  const server = await harness.answer((peer) => {
    const taker = waiting.shift();
    if (taker) taker(peer);
    else accepted.push(peer);
  });
  const next = (): Promise<RawPeer> => {
    const ready = accepted.shift();
    return within(
      ready ? Promise.resolve(ready) : new Promise<RawPeer>((resolve) => waiting.push(resolve)),
      "a connection",
    );
  };
  try {
    return await use(server, next);
  } finally {
    await within(server.stop(), "the raw server to stop");
  }
}

/** Runs `use` on an open connection between our hand, as client, and the library's server. */
export function onServer<T>(
  harness: Harness,
  use: (line: Line) => Promise<T>,
  setup?: (socket: PublicSocket) => void,
  options?: ServeOptions,
): Promise<T> {
  const run = async (server: Listening, next: () => Promise<Journal>): Promise<T> => {
    const peer = await harness.dial(server.port);
    try {
      peer.write(requestHead());
      const head = await peer.head("the response");
      const journal = await (await next()).open();
      return await use({ peer, journal, head });
    } finally {
      peer.destroy();
    }
  };
  return withServer(harness, run, setup, options);
}

/** Runs `use` on an open connection between our hand, as server, and the library's client. */
export function onClient<T>(
  harness: Harness,
  use: (line: Line) => Promise<T>,
  setup: (socket: PublicSocket) => void = () => {},
  options?: ConnectOptions,
): Promise<T> {
  return withRawServer(harness, async (server, next) => {
    const connecting = harness.connect(server.url, options);
    const peer = await next();
    try {
      const head = await peer.head("the request");
      peer.write(await responseHead(head));
      const socket = await within(connecting, "the client to open");
      const journal = new Journal(socket);
      setup(socket);
      return await use({ peer, journal, head });
    } finally {
      peer.destroy();
    }
  });
}

/** Runs `use` on an open connection between the library's client and the library's server. */
export function onPair<T>(
  harness: Harness,
  use: (pair: Pair) => Promise<T>,
  setup?: (socket: PublicSocket) => void,
  options?: ServeOptions & ConnectOptions,
): Promise<T> {
  const run = async (server: Listening, next: () => Promise<Journal>): Promise<T> => {
    const client = new Journal(
      await within(harness.connect(server.url, options), "the client to open"),
    );
    try {
      return await use({ client, server: await (await next()).open() });
    } finally {
      client.socket.terminate();
    }
  };
  return withServer(harness, run, setup, options);
}
