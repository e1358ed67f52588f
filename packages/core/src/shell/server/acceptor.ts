import type { Extension } from "../../extension/extension.ts";
import { originOf, originProblem } from "../../handshake/origin.ts";
import type { Choice, OpeningRequest, Origins } from "../../opening.ts";
import { type ConnectionOptions, resolveOptions } from "../../options.ts";
import { Budget, type BudgetOptions } from "./budget.ts";
import type { PendingSocket, Clients, WebSocketHandlers } from "./clients.ts";
import { answerOpening, type Decision } from "./decision.ts";
import { type DriverListener, driveServer, type ServerDriver } from "../websocket/driver.ts";
import { adoptedSocket, SAME_ORIGIN } from "./sockets.ts";
import type { MessageData } from "../events/message-event.ts";
import { RequestHead } from "./request-head.ts";
import type { TraceSink } from "../../trace/record/sink.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { SESSION, type WebSocket } from "../websocket/websocket.ts";
import type { Desk } from "../topics/desk.ts";
import type { TransportSource } from "../transport/connector.ts";

/** What a server asks of those who come. */
export interface AcceptorOptions {
  /** Subprotocols that are spoken: the first of the client's that is among them is chosen. @defaultValue none */
  readonly protocols?: readonly string[] | undefined;
  /** The only path that is served, such as `/chat`; others are refused with 404. @defaultValue all */
  readonly path?: string | undefined;
  /** Extensions that are spoken, in order of preference. @defaultValue none */
  readonly extensions?: readonly Extension[] | undefined;
  /** Whether clients of drafts 75 and 76 are taken. @defaultValue false */
  readonly drafts?: boolean | undefined;
  /** Whose pages may connect; others are refused with 403, before the application is asked. @defaultValue "same-origin" */
  readonly origins?: Origins | undefined;
  /** Where connections are recorded. */
  readonly record?: TraceSink | undefined;
  /** What all connections may take together. */
  readonly budget?: BudgetOptions | undefined;
  /** Limits and times of each connection. */
  readonly limits: Partial<ConnectionOptions>;
  readonly handlers: WebSocketHandlers<WebSocket, MessageData>;
  /** Where the sockets subscribe. */
  readonly desk?: Desk | undefined;
  /** Told what `handlers.upgrade` throws; the client is told 500. */
  readonly onFailure: (error: unknown) => void;
}

/** Where the connections of a server arrive: the application is asked, and what it accepts becomes one of the clients. */
export class Acceptor {
  private readonly runtime: Runtime;
  private readonly clients: Clients<WebSocket, MessageData>;
  private readonly options: AcceptorOptions;
  /** For those about whom the application says nothing else. */
  private readonly choice: Choice;
  /** What all of them may take together, and take. */
  readonly budget: Budget;
  private readonly refusedOrigins = new Set<string>();

  /** @throws {UsageError} for a limit that is not known or out of range. */
  constructor(
    runtime: Runtime,
    clients: Clients<WebSocket, MessageData>,
    options: AcceptorOptions,
  ) {
    resolveOptions(options.limits);
    this.runtime = runtime;
    this.clients = clients;
    this.options = options;
    this.budget = new Budget(runtime, options.budget);
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

  /** Receives a connection whose request an HTTP server has parsed; `head` is what came after it. */
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
        session.context = context;
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

  /** Once for each origin, and for a few: any page could otherwise fill the log. */
  private reportOrigin(origin: string, message: string): void {
    const { refusedOrigins } = this;
    if (refusedOrigins.has(origin) || refusedOrigins.size >= REPORTED_ORIGINS) return;
    refusedOrigins.add(origin);
    this.options.onFailure(new Error(`${message}. The option origins says which are`));
  }
}

/** So many refused origins are reported by a server. */
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

  // Nobody to tell yet, and before the opening there are no messages.
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
