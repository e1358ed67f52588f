import { EventSourceClient } from "../shell/sse/client/client.ts";
import type {
  EventSourceClientHost,
  EventSourceClientOptions,
} from "../shell/sse/client/options.ts";
import { type ChannelOptions, channelFor, type EventChannel } from "../shell/sse/server/channel.ts";
import { eventSourceFor, type EventSourceFunction } from "../shell/sse/server/fetch.ts";
import type { Backplane } from "../shell/topics/brokers/backplane.ts";
import { clusterBackplaneFor, type ClusterParts } from "../shell/topics/brokers/cluster.ts";
import { type Topics, topicsFor, type TopicsOptions } from "../shell/topics/topics.ts";
import { type Connect, connectWith } from "./client/connect.ts";
import { type ConnectDirectly, transportConnector } from "./client/connector.ts";
import { reconnectingConstructor, type ReconnectingConstructor } from "./client/reconnecting.ts";
import { type ClientConstructor, clientConstructor } from "./constructors/client.ts";
import {
  type EventSourceClientConstructor,
  type EventSourceConstructor,
  eventSourceConstructor,
} from "./constructors/event-source.ts";
import { type WebSocketConstructor, webSocketConstructor } from "./constructors/websocket.ts";
import type { NodeModules } from "./node-modules.ts";
import { type Listen, netListen } from "./server/listen.ts";
import { type Serve, serveOn } from "./server/serve.ts";
import { type Reject, rejectOn, type Upgrade, upgradeOn } from "./server/upgrade.ts";

/** The parts of an adapter: its modules, and the functions of its runtime. */
export interface AdapterParts {
  readonly modules: NodeModules;
  /** The runtime's own `fetch` and timers, for clients of event streams. Look them up in each call: an application may replace the global ones. */
  readonly client: Pick<EventSourceClientHost, "fetch" | "setTimeout" | "clearTimeout">;
  /** Connects to a server without a proxy. @defaultValue by `modules.net` and `modules.tls` */
  readonly connectDirectly?: ConnectDirectly | undefined;
  /** Joins processes and threads of one machine. Called at first use. */
  readonly cluster: () => ClusterParts;
  /** Listens. @defaultValue by `modules.net` and `modules.tls` */
  readonly listen?: Listen | undefined;
  /** The longest quiet time of an event stream of `eventSource`, in seconds, before the runtime's own server ends it. @defaultValue none */
  readonly pingAtMost?: number | undefined;
}

/** The exports of every adapter. */
export interface AdapterApi {
  readonly Client: ClientConstructor;
  readonly WebSocket: WebSocketConstructor;
  readonly EventSource: EventSourceConstructor;
  readonly EventSourceClient: EventSourceClientConstructor;
  readonly connect: Connect;
  readonly upgrade: Upgrade;
  readonly reject: Reject;
  readonly serve: Serve;
  readonly listen: Listen;
  readonly eventSource: EventSourceFunction;
  readonly channel: (options?: ChannelOptions) => EventChannel;
  readonly topics: (options?: TopicsOptions) => Topics;
  readonly ReconnectingClient: ReconnectingConstructor;
  readonly clusterBackplane: (options?: { readonly name?: string }) => Backplane;
}

/**
 * Builds the public API of an adapter from the adapter's parts. Event streams, topics and reconnecting clients are made at first
 * use: CommonJS loads them then (`npm run bench:load`).
 */
export function adapterApi(parts: AdapterParts): AdapterApi {
  const { modules, connectDirectly, pingAtMost } = parts;
  const { runtime } = modules;
  const Client = clientConstructor(runtime, transportConnector(modules, connectDirectly));
  const SourceClient = once(() => eventSourceClientConstructor(parts));
  const EventSource = once(() => eventSourceConstructor(runtime, SourceClient()));
  const Reconnecting = once(() => reconnectingConstructor(runtime, Client));
  return {
    Client,
    WebSocket: webSocketConstructor(runtime, {
      Client,
      get EventSource() {
        return EventSource();
      },
    }),
    get EventSource() {
      return EventSource();
    },
    get EventSourceClient() {
      return SourceClient();
    },
    connect: connectWith(modules, Client),
    upgrade: upgradeOn(runtime),
    reject: rejectOn(runtime),
    serve: serveOn(modules),
    listen: parts.listen ?? netListen(modules),
    eventSource: (request, options) => eventSourceFor(runtime, pingAtMost)(request, options),
    channel: (options) => channelFor(runtime)(options),
    topics: (options) => topicsFor(runtime)(options),
    get ReconnectingClient() {
      return Reconnecting();
    },
    clusterBackplane: (options) => clusterBackplaneFor(parts.cluster)(options),
  };
}

/** Returns a function that calls `make` once and keeps its result. */
function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Makes the class of a runtime's clients of event streams. */
function eventSourceClientConstructor({
  modules: { runtime },
  client,
}: AdapterParts): EventSourceClientConstructor {
  const host: EventSourceClientHost = {
    platform: runtime.platform,
    get name() {
      return runtime.name!;
    },
    get record() {
      return runtime.record;
    },
    diagnostics: runtime.diagnostics,
    ...client,
  };
  const Named = {
    EventSourceClient: class extends EventSourceClient {
      constructor(url: string | URL, options?: EventSourceClientOptions) {
        super(host, url, options);
      }
    },
  };
  return Named.EventSourceClient;
}
