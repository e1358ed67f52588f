import type { Extension } from "../../extension/extension.ts";
import { originOf, originProblem } from "../../handshake/origin.ts";
import type { Choice, OpeningRequest, Origins } from "../../opening.ts";
import { type ConnectionOptions, resolveOptions } from "../../options.ts";
import { Budget, type BudgetOptions } from "./budget.ts";
import type { PendingSocket, Clients, WebSocketHandlers } from "./clients.ts";
import { answerOpening, type Decision } from "./decision.ts";
import type { DriverListener, ServerDriver } from "../websocket/driver.ts";
import { driveServer } from "../websocket/driving/drive.ts";
import { adoptedSocket, SAME_ORIGIN } from "./sockets.ts";
import type { MessageData } from "../events/message-event.ts";
import { RequestHead } from "./request-head.ts";
import type { TraceSink } from "../../trace/record/sink.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { SESSION, type WebSocket } from "../websocket/websocket.ts";
import type { Desk } from "../topics/desk.ts";
import type { TransportSource } from "../transport/connector.ts";

/** Options of an {@link Acceptor}. */
export interface AcceptorOptions {
  /** The server's subprotocols: it chooses the client's first that is among them. @defaultValue none */
  readonly protocols?: readonly string[] | undefined;
  /** The only path that the server accepts, such as `/chat`; it refuses others with 404. @defaultValue all */
  readonly path?: string | undefined;
  /** The server's extensions, in order of preference. @defaultValue none */
  readonly extensions?: readonly Extension[] | undefined;
  /** Whether to accept clients of drafts 75 and 76. @defaultValue false */
  readonly drafts?: boolean | undefined;
  /** The origins whose pages may connect; the server refuses others with 403, before it calls `upgrade`. @defaultValue "same-origin" */
  readonly origins?: Origins | undefined;
  /** Records the connections. */
  readonly record?: TraceSink | undefined;
  /** Limits on all connections together. */
  readonly budget?: Budget | BudgetOptions | undefined;
  /** Limits and times of each connection. */
  readonly limits: Partial<ConnectionOptions>;
  readonly handlers: WebSocketHandlers<WebSocket, MessageData>;
  /** The topics of the sockets. */
  readonly desk?: Desk | undefined;
  /** Called with an error of `handlers.upgrade`; the client gets 500. */
  readonly onFailure: (error: unknown) => void;
}

/** Receives a server's connections, lets the application accept or refuse each, and keeps the accepted ones as clients. */
export class Acceptor {
  private readonly runtime: Runtime;
  private readonly clients: Clients<WebSocket, MessageData>;
  private readonly options: AcceptorOptions;
  /** The answer to requests for which the application chooses nothing else. */
  private readonly choice: Choice;
  /** Limits and counts of all connections together. */
  readonly budget: Budget;
  private readonly refusedOrigins = new Set<string>();

  /** @throws {UsageError} for a limit that is unknown or out of range. */
  constructor(
    runtime: Runtime,
    clients: Clients<WebSocket, MessageData>,
    options: AcceptorOptions,
  ) {
    resolveOptions(options.limits);
    this.runtime = runtime;
    this.clients = clients;
    this.options = options;
    const { budget } = options;
    this.budget = budget instanceof Budget ? budget : new Budget(runtime, budget);
    this.choice = {
      protocols: options.protocols ?? [],
      extensions: options.extensions ?? [],
      drafts: options.drafts ?? false,
    };
  }

  /** Receives a connection from its first byte. */
  receive(source: TransportSource, secure: boolean): void {
    this.arrive(source, secure)?.expectRequest(secure);
  }

  /** Receives a connection whose request an HTTP server has parsed; `head` has the bytes after the request. */
  receiveRequest(
    source: TransportSource,
    secure: boolean,
    request: OpeningRequest,
    head: Uint8Array,
  ): void {
    const connection = this.arrive(source, secure);
    connection?.receiveRequest(request);
    if (head.length > 0) connection?.receive(head);
  }

  private arrive(source: TransportSource, secure: boolean): ServerDriver["connection"] | undefined {
    if (source.destroyed) return undefined;
    const pending = new PendingConnection(this.clients, (request) => {
      this.ask(pending.driver, request, secure);
    });
    pending.driver = driveServer(this.runtime, source, pending, this.options.limits, this.options);
    this.clients.expect(pending);
    const { connection } = pending.driver;
    return connection.state === "connecting" ? connection : undefined;
  }

  private ask(driver: ServerDriver, request: OpeningRequest, secure: boolean): void {
    const head = new RequestHead(request, secure, driver.transport.remoteAddress);
    const socket = adoptedSocket({
      runtime: this.runtime,
      driver,
      request,
      secure,
      options: this.options.limits,
      drafts: this.options.drafts,
    });
    const { [SESSION]: session } = socket;
    session.request = head;
    session.desk = this.options.desk;
    this.clients.add(socket);
    const admitted = this.budget.admit(session, head.remoteAddress);
    if ("status" in admitted) {
      driver.connection.reject(admitted);
      return;
    }
    driver.account = admitted;
    answerOpening({
      connection: driver.connection,
      choice: this.choice,
      decide: () => this.decide(head),
      accepted: (context) => {
        if (context !== undefined) session.context = context;
      },
      failed: this.options.onFailure,
    });
  }

  private decide(request: RequestHead): Decision | PromiseLike<Decision> {
    const { path, handlers, origins = SAME_ORIGIN } = this.options;
    if (path !== undefined && request.target.split("?", 1)[0] !== path) return { status: 404 };
    const problem = originProblem(request, origins);
    if (problem === undefined) return handlers.upgrade?.(request);
    this.reportOrigin(originOf(request) ?? "", problem.message);
    return { status: problem.status, body: problem.message };
  }

  /** Reports a refused origin, once for each of the first few: any page could otherwise fill the log. */
  private reportOrigin(origin: string, message: string): void {
    const { refusedOrigins } = this;
    if (refusedOrigins.has(origin) || refusedOrigins.size >= REPORTED_ORIGINS) return;
    refusedOrigins.add(origin);
    this.options.onFailure(new Error(`${message}. The option origins says which are`));
  }
}

/** The number of refused origins that a server reports. */
const REPORTED_ORIGINS = 10;

/** Listens to a connection until its request is there, and the socket takes over. */
class PendingConnection implements DriverListener, PendingSocket {
  declare driver: ServerDriver;
  private readonly clients: Clients<WebSocket, MessageData>;
  private readonly ask: (request: OpeningRequest) => void;

  constructor(clients: Clients<WebSocket, MessageData>, ask: (request: OpeningRequest) => void) {
    this.clients = clients;
    this.ask = ask;
  }

  terminate(): void {
    this.driver.connection.terminate();
  }

  onRequest(request: OpeningRequest): void {
    this.ask(request);
    this.clients.forget(this);
  }

  onClose(): void {
    this.clients.forget(this);
  }

  // There is no socket yet to report to, and before the opening there are no messages.
  onViolation(): void {}
  onTransportError(): void {}
  onState(): void {}
  onOpen(): void {}
  onText(): void {}
  onBinary(): void {}
  onTextParts(): void {}
  onBinaryParts(): void {}
  onFragment(): void {}
  onPing(): void {}
  onPong(): void {}
  onDrain(): void {}
}
