/** The package's exports beside types, built from Bun's parts. */
import type {
  Backplane,
  ChannelOptions,
  ClusterParts,
  EventChannel,
  EventSource as CoreEventSource,
  EventSourceClient as CoreEventSourceClient,
  EventSourceFunction,
  ReconnectingClient as CoreReconnectingClient,
  Topics,
  TopicsOptions,
  WebSocket as CoreWebSocket,
} from "@sansocket/core/shell";
import {
  type AdapterApi,
  adapterApi,
  type Client as CoreClient,
  type ClientConstructor,
  type Connect,
  type EventSourceClientConstructor,
  type EventSourceConstructor,
  type Listen,
  type ReconnectingConstructor,
  type Reject,
  type Serve,
  type Upgrade,
  type WebSocketConstructor,
} from "@sansocket/core/node-compat";
import { connectDirectly } from "./connect-socket.ts";
import { listen as listenByBun } from "./listen.ts";
import { nodeModules } from "./node-modules.ts";

const api: AdapterApi = adapterApi({
  cluster: () => ({
    cluster: process.getBuiltinModule("node:cluster") as unknown as ClusterParts["cluster"],
    process: process as unknown as ClusterParts["process"],
    isMainThread: process.getBuiltinModule("node:worker_threads").isMainThread,
    BroadcastChannel: BroadcastChannel as unknown as ClusterParts["BroadcastChannel"],
  }),
  modules: nodeModules,
  connectDirectly,
  listen: listenByBun,
  pingAtMost: 5, // `Bun.serve` ends connections that were quiet for ten seconds, give or take the four seconds between two checks
  client: {
    fetch: (url, init) => fetch(url, init),
    setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
    clearTimeout: (handle) => {
      clearTimeout(handle as ReturnType<typeof setTimeout>);
    },
  },
});

/** A client's socket. */
export interface Client extends CoreClient {}
/** The class of a client's socket: `new Client(url, protocols, options)`. `connect` returns the same, once it is open. */
export const Client: ClientConstructor = api.Client;

/** A WebSocket, a server's or a client's. */
export interface WebSocket extends CoreWebSocket {}
/** The class of every socket, and faye-websocket's constructor: `new WebSocket(request, socket, head, protocols, options)`. */
export const WebSocket: WebSocketConstructor = api.WebSocket;

/** A server's end of an event stream. */
export interface EventSource extends CoreEventSource {}
/** The class of a server's event stream: `new EventSource(request, response, options)`. */
export const EventSource: EventSourceConstructor = api.EventSource;

/** A client of server-sent events, on Bun's `fetch`. It keeps the process alive until it is closed. */
export interface EventSourceClient extends CoreEventSourceClient {}
/** The class of a client of event streams: `new EventSourceClient(url, options)`. */
export const EventSourceClient: EventSourceClientConstructor = api.EventSourceClient;

/** Connects to a server. Resolves once the socket is open; rejects with a `ConnectError`. */
export const connect: Connect = api.connect;
/** Opens a WebSocket on a request of `node:http` or a stream of `node:http2`. */
export const upgrade: Upgrade = api.upgrade;
/** Refuses an opening request with an HTTP response, and ends the connection. */
export const reject: Reject = api.reject;
/** Serves pages and WebSockets on one port, over the runtime's HTTP server. */
export const serve: Serve = api.serve;
/** Serves WebSockets only, on `Bun.listen`, or on `node:net` for an option that `Bun.listen` lacks. */
export const listen: Listen = api.listen;

/**
 * Answers a `Request` with an event stream: return `response`, keep `source`. For `Bun.serve`, and for frameworks that answer with a `Response`.
 * Pings come every 5 seconds here unless the options say otherwise, so that `Bun.serve` does not end the stream.
 */
export const eventSource: EventSourceFunction = api.eventSource;

/** Makes a channel: it sends each event to all its readers, encoded once. */
export const channel: (options?: ChannelOptions) => EventChannel = api.channel;

/** Makes topics, to which sockets subscribe: a published message goes to all sockets of a topic, encoded once. */
export const topics: (options?: TopicsOptions) => Topics = api.topics;

/** A client that reconnects when it loses its connection. */
export interface ReconnectingClient extends CoreReconnectingClient {}
/** The class of a reconnecting client: `new ReconnectingClient(url, { protocols, reconnect })`. */
export const ReconnectingClient: ReconnectingConstructor = api.ReconnectingClient;

/**
 * Joins the topics of one machine without a broker: the workers of `node:cluster`, whose primary calls it too and relays their messages, and the threads of
 * one process. `name` keeps several apart.
 */
export const clusterBackplane: (options?: { readonly name?: string }) => Backplane =
  api.clusterBackplane;
