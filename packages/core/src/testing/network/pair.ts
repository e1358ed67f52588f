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

/** What `createPair` may be told: how the link is, and what each side may be told elsewhere. */
export interface SocketPairOptions extends NetworkOptions {
  /** What `connect` takes. */
  readonly client?: ConnectOptions | undefined;
  /** What `serve` takes; its handler `open` is called too. */
  readonly server?: Partial<Omit<ServeOptions, "port" | "hostname" | "unix" | "tls">> | undefined;
  /** The path and query that the client asks for. @defaultValue `/` */
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

/** What `createPair` gives. */
export interface SocketPair extends Joined {
  readonly client: WebSocket;
  readonly server: WebSocket;
}

/** What `createEventSourcePair` gives. */
export interface EventSourcePair extends Joined {
  /** The server's end. */
  readonly source: EventSource;
  /** Who reads it. It comes back when the link is lost: to the same server, which calls `onSource`. */
  readonly client: EventSourceClient;
}

/** What `createEventSourcePair` may be told. */
export interface EventSourcePairOptions extends NetworkOptions {
  readonly client?: Omit<EventSourceClientOptions, "fetch"> | undefined;
  /** What `eventSource` takes. */
  readonly server?: EventSourceOptions | undefined;
  /** Called with the server's end of each connection, those of a client that comes back included. */
  readonly onSource?: ((source: EventSource) => void) | undefined;
}

/**
 * Makes two WebSockets, a client's and a server's, that talk to each other over a link in memory, with a clock that the test winds. Both are open.
 * @returns rejects with a `ConnectError` where the server refuses, and with a `UsageError` for options that are not accepted
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
 * Makes a server's event stream and a client that reads it, over a link in memory, with a clock that the test winds. The client is open. `link` is that of the first
 * connection: when it is lost, the client comes back by another, and `network.links` has that.
 * @returns rejects with a `UsageError` for options that are not accepted
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
