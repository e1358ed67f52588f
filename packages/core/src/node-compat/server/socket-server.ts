import type tls from "node:tls";
import { checkOrigins } from "../../handshake/origin.ts";
import { latin1Of } from "../../http/latin1.ts";
import type { Origins } from "../../opening.ts";
import { type ConnectionOptions, DEFAULT_OPTIONS } from "../../options.ts";
import { checkSink, type TraceSink } from "../../trace/record/sink.ts";
import { checkOptionNames } from "../../names.ts";
import { UsageError } from "../../violation.ts";
import { Clients, type WebSocketHandlers, type WithContext } from "../../shell/server/clients.ts";
import { type ExtensionOptions, readExtensions } from "../../shell/websocket/extensions/options.ts";
import type { MessageData } from "../../shell/events/message-event.ts";
import { Acceptor } from "../../shell/server/acceptor.ts";
import type { BudgetOptions } from "../../shell/server/budget.ts";
import { type Listener, Server } from "../../shell/server/server.ts";
import type { WebSocket } from "../../shell/websocket/websocket.ts";
import { checkTopics, Desk } from "../../shell/topics/desk.ts";
import { Topics } from "../../shell/topics/topics.ts";
import {
  checkedDrafts,
  CONNECTION_OPTIONS,
  type MachineOption,
} from "../../shell/websocket/options.ts";
import { type ListenAddress, requestedAddress } from "./listener.ts";
import type { NodeModules } from "../node-modules.ts";
import { warn } from "../warning.ts";

/** What the servers of an adapter have in common. Limits and times of each connection are options too. */
export interface SocketServerOptions<Context = unknown>
  extends ListenAddress, ExtensionOptions, Partial<Omit<ConnectionOptions, MachineOption>> {
  /** What to do with the sockets. */
  readonly websocket: WebSocketHandlers<WebSocket & WithContext<Context>, MessageData, Context>;
  /** Subprotocols that are spoken: the first of the client's that is among them is chosen. @defaultValue none */
  readonly protocols?: readonly string[] | undefined;
  /** The only path that opens a WebSocket, such as `/chat`; others are refused with 404. @defaultValue all */
  readonly path?: string | undefined;
  /** Whether clients of drafts 75 and 76 of the protocol are taken, which nothing protects from cross-protocol attacks. @defaultValue false */
  readonly drafts?: boolean | undefined;
  /**
   * Whose pages may connect: `"same-origin"`, a list such as `["https://example.com"]`, `"*"` for all, or a function. Others are refused
   * with 403, before `websocket.upgrade` is asked.
   * @defaultValue "same-origin": those of this server; and all who are not browsers, which alone send an origin
   */
  readonly origins?: Origins | undefined;
  /** Where sockets subscribe: what `topics()` makes, as for several servers or processes. @defaultValue topics of this server */
  readonly topics?: Topics | undefined;
  /** Where every connection is recorded: what `createTraceRing()` or `recordTo()` makes. */
  readonly record?: TraceSink | undefined;
  /** What all connections of the server may take together, of memory first of all: `{ bufferedBytes, connections, connectionsPerAddress, messagesPerSecond }`. `server.budget` tells what they take. */
  readonly budget?: BudgetOptions | undefined;
  /** Key and certificate, and whatever else `tls.createServer` takes: then clients connect by `wss:`. */
  readonly tls?: tls.TlsOptions | undefined;
}

/** A server of WebSockets, as `serve` and `listen` make it. */
export type SocketServer<Context = unknown> = Server<WebSocket & WithContext<Context>, MessageData>;

/**
 * Joins the parts of a server. The options are checked before anything listens.
 * @throws {UsageError} for an option that is not known or out of range.
 */
export function socketServer(
  layer: Pick<NodeModules, "runtime" | "emitWarning">,
  options: SocketServerOptions,
  start: (acceptor: Acceptor) => Listener,
): SocketServer {
  const { tls, port, hostname, unix, backlog: _backlog, ...reached } = options;
  const address = requestedAddress({ port, hostname, unix });
  if (tls !== undefined) checkTls(tls);
  const { acceptor, clients, topics } = acceptorFor(layer, reached);
  return new Server(start(acceptor), clients, layer.runtime, {
    ...address,
    secure: tls !== undefined,
    target: options.path,
    topics,
    budget: acceptor.budget,
  });
}

/** @throws {UsageError} for what are no options, as where they were forgotten, and for a name that is none. */
export function checkedOptions<T>(door: "serve" | "listen", options: T): T {
  if (typeof options === "object" && options !== null) {
    checkOptionNames(options, door === "serve" ? SERVE_OPTIONS : LISTEN_OPTIONS);
    return options;
  }
  throw new UsageError(
    `${door}: expected options such as { port: 8080, websocket: { message(socket, data) { … } } }, got ${String(options)}`,
  );
}

/** What a server may show a certificate by. */
const CERTIFIED = ["key", "cert", "pfx", "SNICallback", "secureContext", "pskCallback"] as const;

/** Runtimes tell of these mistakes late and in words of their libraries, or let nobody connect. */
function checkTls(tls: unknown): void {
  if (typeof tls !== "object" || tls === null)
    throw new UsageError(
      `tls: expected an object with key and cert, got ${tls === null ? "null" : typeof tls}`,
    );
  const given = tls as Readonly<Record<string, unknown>>;
  if (CERTIFIED.every((name) => given[name] === undefined))
    throw new UsageError(
      "tls: expected key and cert, pfx or SNICallback: without a certificate nobody can connect",
    );
  for (const name of ["key", "cert"]) {
    const { [name]: value } = given;
    const text = value instanceof Uint8Array ? latin1Of(value, 0, value.length) : value;
    if (typeof text === "string" && !text.includes("-----BEGIN "))
      throw new UsageError(
        `tls.${name}: expected PEM, "-----BEGIN …", got text without that: read the file first`,
      );
  }
}

/** What of a server's options is not about where it listens. */
export type AcceptorSettings = Omit<SocketServerOptions, keyof ListenAddress | "tls">;

/** The options of {@link acceptorFor}. */
export const ACCEPTOR_OPTIONS: readonly string[] = [
  "websocket",
  "protocols",
  "path",
  "drafts",
  "origins",
  "topics",
  "record",
  "budget",
  "perMessageDeflate",
  "extensions",
  ...CONNECTION_OPTIONS,
];
const LISTEN_OPTIONS = [...ACCEPTOR_OPTIONS, "port", "hostname", "unix", "backlog", "tls"];
const SERVE_OPTIONS = [...LISTEN_OPTIONS, "fetch", "error", "http2"];

/** Where connections of any kind arrive. @throws {UsageError} for an option that is not known or out of range. */
export function acceptorFor(
  layer: Pick<NodeModules, "runtime" | "emitWarning">,
  options: AcceptorSettings,
): { acceptor: Acceptor; clients: Clients<WebSocket, MessageData>; topics: Topics } {
  const { runtime } = layer;
  const {
    websocket: handlers,
    protocols,
    path,
    perMessageDeflate,
    extensions: given,
    drafts: takes,
    origins,
    record,
    topics = new Topics(runtime),
    budget,
    ...limits
  } = options;
  const extensions = readExtensions({ perMessageDeflate, extensions: given }, runtime);
  const drafts = checkedDrafts(takes);
  if (origins !== undefined) checkOrigins(origins);
  if (record !== undefined) checkSink(record);
  const clients = new Clients<WebSocket, MessageData>(
    handlers as WebSocketHandlers<WebSocket, MessageData>,
  );
  const { subscribe } = handlers;
  const acceptor = new Acceptor(runtime, clients, {
    desk: new Desk(checkTopics("topics", topics), subscribe?.bind(handlers)),
    handlers: handlers as WebSocketHandlers<WebSocket, MessageData>,
    protocols,
    path,
    extensions,
    drafts,
    origins,
    record,
    budget,
    limits,
    onFailure: (error) => {
      warn(layer, error);
    },
  });
  return { acceptor, clients, topics };
}

/** What a TLS server is told: `handshakeTimeout` holds for its handshake too, which Node would give two minutes. */
export function secureOptions({
  tls,
  handshakeTimeout = DEFAULT_OPTIONS.handshakeTimeout,
}: SocketServerOptions): tls.TlsOptions {
  return { ...(handshakeTimeout > 0 ? { handshakeTimeout } : {}), ...tls };
}
