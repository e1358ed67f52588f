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
import { type BudgetOptions, countersOf } from "../../shell/server/budget.ts";
import { type Listener, Server } from "../../shell/server/server.ts";
import type { WebSocket } from "../../shell/websocket/websocket.ts";
import { checkTopics, Desk } from "../../shell/topics/desk.ts";
import { Topics } from "../../shell/topics/topics.ts";
import {
  checkedDrafts,
  CONNECTION_OPTIONS,
  type MachineOption,
  readProtocols,
} from "../../shell/websocket/options.ts";
import { checkWays, type ListenAddress, requestedAddress } from "./listener.ts";
import type { NodeModules } from "../node-modules.ts";
import { warn } from "../warning.ts";

/** The common options of an adapter's servers. Limits and times of each connection are options too. */
export interface SocketServerOptions<Context = unknown>
  extends ListenAddress, ExtensionOptions, Partial<Omit<ConnectionOptions, MachineOption>> {
  /** The handlers of the sockets. */
  readonly websocket: WebSocketHandlers<WebSocket & WithContext<Context>, MessageData, Context>;
  /** The server's subprotocols: it chooses the first of the client's that is among them. @defaultValue none */
  readonly protocols?: readonly string[] | undefined;
  /** The only path that opens a WebSocket, such as `/chat`; the server refuses others with 404. @defaultValue all */
  readonly path?: string | undefined;
  /** Whether to accept clients of drafts 75 and 76, which lack protection from cross-protocol attacks. @defaultValue false */
  readonly drafts?: boolean | undefined;
  /**
   * The origins whose pages may connect: `"same-origin"`, a list such as `["https://example.com"]`, `"*"` for all, or a function. The server
   * refuses others with 403, before it calls `websocket.upgrade`.
   * @defaultValue "same-origin": pages of this server; and all clients but browsers, which alone send an origin
   */
  readonly origins?: Origins | undefined;
  /** The topics to which sockets subscribe, of `topics()`, as for several servers or processes. @defaultValue topics of this server */
  readonly topics?: Topics | undefined;
  /** The sink that records every connection, of `createTraceRing()` or `recordTo()`. */
  readonly record?: TraceSink | undefined;
  /** The limits of all connections of the server together: `{ bufferedBytes, connections, connectionsPerAddress, messagesPerSecond }`. `server.budget` has what they use. */
  readonly budget?: BudgetOptions | undefined;
  /** Key, certificate and other options of `tls.createServer`: clients then connect by `wss:`. */
  readonly tls?: tls.TlsOptions | undefined;
}

/** A server of WebSockets, as `serve` and `listen` make it. */
export type SocketServer<Context = unknown> = Server<WebSocket & WithContext<Context>, MessageData>;

/**
 * Joins the parts of a server. The options are checked before anything listens.
 * @throws {UsageError} for an unknown option or one out of range.
 */
export function socketServer(
  layer: Pick<NodeModules, "runtime" | "emitWarning" | "lacks">,
  options: SocketServerOptions,
  start: (acceptor: Acceptor) => Listener,
): SocketServer {
  const { tls, port, hostname, unix, fd, reusePort, backlog, ...reached } = options;
  const address = requestedAddress({ port, hostname, unix, fd });
  checkWays(layer, { port, hostname, unix, fd, reusePort, backlog });
  if (tls !== undefined) checkTls(tls);
  const { acceptor, clients, topics } = acceptorFor(layer, reached);
  return new Server(start(acceptor), clients, layer.runtime, {
    ...address,
    secure: tls !== undefined,
    target: options.path,
    topics,
    budget: countersOf(acceptor.budget),
  });
}

/** @throws {UsageError} for a value that is no options object, as where it was forgotten, and for an unknown name. */
export function checkedOptions<T>(door: "serve" | "listen", options: T): T {
  if (typeof options === "object" && options !== null) {
    const other = HTTP_OPTIONS.find((name) => door === "listen" && name in options);
    if (other !== undefined)
      throw new UsageError(
        `Unrecognized option: ${other}; listen speaks WebSocket alone: use serve, which answers ordinary requests too`,
      );
    checkOptionNames(options, door === "serve" ? SERVE_OPTIONS : LISTEN_OPTIONS);
    return options;
  }
  throw new UsageError(
    `${door}: expected options such as { port: 8080, websocket: { message(socket, data) { … } } }, got ${String(options)}`,
  );
}

/** The options of `tls` that supply a certificate. */
const CERTIFIED = ["key", "cert", "pfx", "SNICallback", "secureContext", "pskCallback"] as const;

/** Throws for mistakes that runtimes report late and in words of their libraries, or that let no client connect. */
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

/** The options of a server without those of listening. */
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
const LISTEN_OPTIONS = [
  ...ACCEPTOR_OPTIONS,
  "port",
  "hostname",
  "unix",
  "fd",
  "reusePort",
  "backlog",
  "tls",
];
const HTTP_OPTIONS = ["fetch", "error", "http2"];
const SERVE_OPTIONS = [...LISTEN_OPTIONS, ...HTTP_OPTIONS];

/** Makes the acceptor of connections of any kind. @throws {UsageError} for an unknown option or one out of range. */
export function acceptorFor(
  layer: Pick<NodeModules, "runtime" | "emitWarning">,
  options: AcceptorSettings,
): { acceptor: Acceptor; clients: Clients<WebSocket, MessageData>; topics: Topics } {
  const { runtime } = layer;
  if (options.path !== undefined && !/^\/[^?#]*$/.test(String(options.path)))
    throw new UsageError(
      `path: expected a path that begins with "/", such as "/chat", without a query, got ${JSON.stringify(options.path)}`,
    );
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
    protocols: readProtocols(protocols),
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

/** The options of a TLS server: `handshakeTimeout` bounds its handshake too, for which Node allows two minutes. */
export function secureOptions({
  tls,
  handshakeTimeout = DEFAULT_OPTIONS.handshakeTimeout,
}: SocketServerOptions): tls.TlsOptions {
  return { ...(handshakeTimeout > 0 ? { handshakeTimeout } : {}), ...tls };
}
