import { checkNames } from "../../names.ts";
import type { ConnectOptions } from "../../node-compat/client/connect.ts";
import type { ServeOptions } from "../../node-compat/server/serve.ts";
import type { EventSourceClient } from "../../shell/sse/client/client.ts";
import type { EventSourceClientOptions } from "../../shell/sse/client/options.ts";
import type { EventSource } from "../../shell/sse/server/event-source.ts";
import type { EventSourceOptions } from "../../shell/sse/server/options.ts";
import type { WebSocket } from "../../shell/websocket/websocket.ts";
import type { Link } from "./link.ts";
import { createNetwork, type Network, type NetworkOptions } from "./network.ts";
import { LINK_NAMES } from "./options.ts";

type Handlers = ServeOptions["websocket"];
type ServerSocket = Parameters<NonNullable<Handlers["open"]>>[0];

/** The options of `createPair`: those of the link, and of each side. */
export interface SocketPairOptions extends NetworkOptions {
  /** Options of `connect`. */
  readonly client?: ConnectOptions | undefined;
  /** Options of `serve`; its handler `open` is called too. */
  readonly server?: Partial<Omit<ServeOptions, "port" | "hostname" | "unix" | "tls">> | undefined;
  /** The path and query of the client's request. @defaultValue `/` */
  readonly target?: string | undefined;
}

/** Two ends of one connection, the link between them, and the network that it is in. */
interface Joined {
  readonly link: Link;
  readonly network: Network;
  /** @see Network.advance */
  advance(milliseconds: number): Promise<void>;
  /** @see Network.settle */
  settle(): Promise<void>;
  /** @see Network.until */
  until<T>(promise: PromiseLike<T>): Promise<T>;
}

/** The result of `createPair`. */
export interface SocketPair extends Joined {
  readonly client: WebSocket;
  readonly server: WebSocket;
}

/** The result of `createEventSourcePair`. */
export interface EventSourcePair extends Joined {
  /** The server's end. */
  readonly source: EventSource;
  /** The client's end. It reconnects when the link is lost: to the same server, which calls `onSource`. */
  readonly client: EventSourceClient;
}

/** The options of `createEventSourcePair`. */
export interface EventSourcePairOptions extends NetworkOptions {
  readonly client?: Omit<EventSourceClientOptions, "fetch"> | undefined;
  /** Options of `eventSource`. */
  readonly server?: EventSourceOptions | undefined;
  /** Called with the server's end of each connection, reconnections included. */
  readonly onSource?: ((source: EventSource) => void) | undefined;
}

/**
 * Makes two open WebSockets, a client's and a server's, joined by a link in memory. The test advances their clock.
 * @returns rejects with a `ConnectError` where the server refuses, and with a `UsageError` for invalid options
 */
export async function createPair(options: SocketPairOptions = {}): Promise<SocketPair> {
  checkNames("createPair", options, [...LINK_NAMES, "seed", "client", "server", "target"]);
  const { client: clientOptions, server: serverOptions = {}, target = "/", ...rest } = options;
  const network = createNetwork(rest);
  const given: Handlers = serverOptions.websocket ?? {};
  let socket: WebSocket | undefined;
  const websocket = Object.assign(Object.create(given) as Handlers, {
    open(one: ServerSocket): unknown {
      socket = one;
      return given.open?.(one);
    },
  });
  const server = network.serve({ ...serverOptions, websocket });
  await server.ready;
  const client = await network.until(
    network.connect(`ws://localhost:${server.port}${target}`, clientOptions),
  );
  return { client, server: socket!, ...joined(network) };
}

/**
 * Makes a server's event stream and an open client, joined by a link in memory. The test advances their clock. `link` is that of the first
 * connection: when it is lost, the client reconnects by another, which is in `network.links`.
 * @returns rejects with a `UsageError` for invalid options
 */
export async function createEventSourcePair(
  options: EventSourcePairOptions = {},
): Promise<EventSourcePair> {
  checkNames("createEventSourcePair", options, [
    ...LINK_NAMES,
    "seed",
    "client",
    "server",
    "onSource",
  ]);
  const { client: clientOptions, server: serverOptions, onSource, ...rest } = options;
  const network = createNetwork(rest);
  let first: EventSource | undefined;
  const server = network.serve({
    websocket: {},
    fetch(request) {
      const { response, source } = network.eventSource(request, serverOptions);
      first ??= source;
      onSource?.(source);
      return response;
    },
  });
  await server.ready;
  const client = new network.EventSourceClient(`http://localhost:${server.port}/`, clientOptions);
  await network.until(
    new Promise((resolve) => {
      client.once("open", resolve);
    }),
  );
  return { client, source: first!, ...joined(network) };
}

function joined(network: Network): Joined {
  const [link] = network.links;
  return {
    network,
    link: link!,
    advance: (milliseconds) => network.advance(milliseconds),
    settle: () => network.settle(),
    until: (promise) => network.until(promise),
  };
}
