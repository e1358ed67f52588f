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

/** What an adapter brings: its modules, and what its runtime does by itself. */
export interface AdapterParts {
  readonly modules: NodeModules;
  /** The runtime's own `fetch` and timers, for clients of event streams. Look them up in each call: an application may replace the global ones. */
  readonly client: Pick<EventSourceClientHost, "fetch" | "setTimeout" | "clearTimeout">;
  /** Connects to a server without a proxy. @defaultValue by `modules.net` and `modules.tls` */
  readonly connectDirectly?: ConnectDirectly | undefined;
  /** What joins processes and threads of one machine. Asked when that is wanted. */
  readonly cluster: () => ClusterParts;
  /** Listens. @defaultValue by `modules.net` and `modules.tls` */
  readonly listen?: Listen | undefined;
  /** The longest an event stream of `eventSource` may be quiet, in seconds, where the runtime's own server ends what is. @defaultValue no such time */
  readonly pingAtMost?: number | undefined;
}

/** What every adapter exports. */
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
 * Builds the public API of an adapter from what the adapter brings. Event streams, topics and clients that come back are made when they are first asked
 * for: CommonJS loads them then (`npm run bench:load`).
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

/** What `make` returns, made at the first call. */
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
