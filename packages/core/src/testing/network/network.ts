import { checkNames } from "../../names.ts";
import { type AdapterApi, adapterApi } from "../../node-compat/adapter.ts";
import { Clock } from "./clock.ts";
import type { Link } from "./link.ts";
import { LINK_NAMES, type LinkOptions, readLink } from "./options.ts";
import { runtimeOn } from "./runtime.ts";
import { Wires } from "./wires.ts";
import { UsageError } from "../../violation.ts";
import { fetchOver } from "./fetch.ts";
import { modulesOf, serveOver } from "./serve.ts";

/** The options of a network: how its links carry bytes, until the test changes a link or the network. */
export interface NetworkOptions extends LinkOptions {
  /** The seed of its random values: the delays of reconnecting clients, masks, keys. The same seed gives the same run. @defaultValue 1 */
  readonly seed?: number | undefined;
}

/** The part of an adapter that a {@link Network} has. */
type NetworkApi = Pick<
  AdapterApi,
  | "connect"
  | "Client"
  | "WebSocket"
  | "ReconnectingClient"
  | "EventSourceClient"
  | "serve"
  | "listen"
  | "eventSource"
  | "channel"
  | "topics"
>;

/**
 * Servers and clients in one process, on a network and a clock of their own: they open no socket, and the test advances the time. `connect`, `serve` and the
 * functions beside them are those of the adapters, with the same classes behind them.
 *
 * There is no TLS in it (`wss:` goes to a server that was given `tls`, and nothing is encrypted), no HTTP/2, no proxy and no compression.
 */
export class Network implements NetworkApi {
  /** Its time. `clock.setTimeout` is for timers of the application under test. */
  readonly clock: Clock = new Clock();
  readonly connect: AdapterApi["connect"];
  readonly Client: AdapterApi["Client"];
  readonly WebSocket: AdapterApi["WebSocket"];
  readonly ReconnectingClient: AdapterApi["ReconnectingClient"];
  readonly EventSourceClient: AdapterApi["EventSourceClient"];
  readonly serve: AdapterApi["serve"];
  readonly listen: AdapterApi["listen"];
  readonly eventSource: AdapterApi["eventSource"];
  readonly channel: AdapterApi["channel"];
  readonly topics: AdapterApi["topics"];
  /** Asks the `fetch` handler of a server in it. */
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
  private readonly wires: Wires;

  /** @throws {UsageError} for what is not accepted. */
  constructor({ seed = 1, ...link }: NetworkOptions = {}) {
    if (!Number.isSafeInteger(seed))
      throw new UsageError(`seed: expected a whole number, got ${String(seed)}`);
    const { clock } = this;
    this.wires = new Wires(clock, readLink(link));
    const { wires } = this;
    this.fetch = fetchOver(wires);
    const modules = modulesOf(runtimeOn(clock, seed), clock);
    const api = adapterApi({
      modules,
      connectDirectly: (url) => wires.dial(url),
      listen: serveOver("listen", modules, wires),
      client: {
        fetch: this.fetch,
        setTimeout: clock.setTimeout,
        clearTimeout: clock.clearTimeout,
      },
      cluster: () => {
        throw new UsageError("clusterBackplane: the network of a test is one process");
      },
    });
    this.connect = api.connect;
    this.Client = api.Client;
    this.WebSocket = api.WebSocket;
    this.ReconnectingClient = api.ReconnectingClient;
    this.EventSourceClient = api.EventSourceClient;
    this.serve = serveOver("serve", modules, wires);
    this.listen = api.listen;
    this.eventSource = api.eventSource;
    this.channel = api.channel;
    this.topics = api.topics;
  }

  /** The connections that are there now, the oldest first. */
  get links(): readonly Link[] {
    return [...this.wires.links];
  }

  /** Changes how links carry bytes, those that are there and those to come. @throws {UsageError} for what is not accepted. */
  change(options: LinkOptions): void {
    this.wires.change(options);
  }

  /** Loses every connection that is there. @see Link.lose */
  lose(): void {
    for (const link of this.links) link.lose();
  }

  /** Loses every connection, and lets none be made (`ENETUNREACH`) until {@link up}. */
  down(): void {
    this.wires.isDown = true;
    this.lose();
  }

  /** Ends {@link down}. */
  up(): void {
    this.wires.isDown = false;
  }

  /** @see Clock.advance */
  advance(milliseconds: number): Promise<void> {
    return this.clock.advance(milliseconds);
  }

  /** @see Clock.settle */
  settle(): Promise<void> {
    return this.clock.settle();
  }

  /** @see Clock.until */
  until<T>(promise: PromiseLike<T>): Promise<T> {
    return this.clock.until(promise);
  }
}

/** Makes a {@link Network}. @throws {UsageError} for what is not accepted. */
export function createNetwork(options: NetworkOptions = {}): Network {
  checkNames("createNetwork", options, [...LINK_NAMES, "seed"]);
  return new Network(options);
}
