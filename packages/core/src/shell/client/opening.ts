import { isRedirect } from "../../connection/opening/client-handshake.ts";
import type { ClientRequest, Opening, OpeningResponse } from "../../opening.ts";
import { type ConnectionOptions, DEFAULT_OPTIONS } from "../../options.ts";
import { ProtocolViolation } from "../../violation.ts";
import { withoutUser } from "../transport/network-error.ts";
import type { ClientDriver, ConnectionObserver, DriverListener } from "../websocket/driver.ts";
import { driveClient } from "../websocket/driving/drive.ts";
import type { TraceSink } from "../../trace/record/sink.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Session } from "../websocket/session.ts";
import { bindTransport, type Connector, type TransportSource } from "../transport/connector.ts";

/** One attempt to connect: a server, and how to reach it. */
export interface Attempt {
  /** Connects. Called once everything else has been checked. */
  readonly connect: () => TransportSource;
  /** The `url` of the socket. */
  readonly url: string;
  readonly request: ClientRequest;
  /** Returns the next attempt for a redirect, or why the client does not follow it. @defaultValue a redirect is a refusal */
  readonly redirect?: ((response: OpeningResponse) => Attempt | ProtocolViolation) | undefined;
}

/** A client's socket, on a transport that is connected or connecting. */
export interface ClientInit extends Attempt {
  readonly runtime: Runtime;
  readonly options: Partial<ConnectionOptions>;
  readonly observer?: ConnectionObserver | undefined;
  readonly record?: TraceSink | undefined;
  /** Ends the attempt if it aborts before the socket is open. */
  readonly signal?: AbortSignal | undefined;
}

/** Makes the connection of `attempt`, which the session then owns. */
function drive(
  session: Session,
  init: ClientInit,
  attempt: Attempt,
  listener: DriverListener,
): ClientDriver {
  // Connected last: an extension may throw when it makes its offer.
  const wire: Connector = {
    destroyed: false,
    bind: (bound) => bindTransport(attempt.connect(), bound),
  };
  const request =
    attempt.redirect === undefined
      ? attempt.request
      : { ...attempt.request, followsRedirects: true };
  return (session.driver = driveClient(init.runtime, wire, listener, request, init.options, init));
}

/** Opens `session` as a client's. */
export function openSession(session: Session, init: ClientInit): void {
  const { protocols = [] } = init.request;
  if (protocols.length > 0) session.offered = protocols.join(", ");
  if (init.redirect !== undefined || init.signal !== undefined)
    new ClientOpening(session, init).ask(init);
  else drive(session, init, init, session).connection.open();
}

/**
 * Listens in place of a session until it is open, if the client follows redirects or has an abort signal. A connection that gets a redirect
 * closes as after any other answer; the session notices neither.
 */
class ClientOpening implements DriverListener {
  private readonly session: Session;
  private readonly init: ClientInit;
  private attempt: Attempt;
  private next: Attempt | undefined = undefined;
  declare private driver: ClientDriver;
  private deadline: unknown = undefined;

  constructor(session: Session, init: ClientInit) {
    this.session = session;
    this.init = init;
    this.attempt = init;
  }

  get webSocket(): object {
    return this.session.webSocket;
  }

  /** Sends the request of `attempt`. */
  ask(attempt: Attempt): void {
    this.attempt = attempt;
    this.driver = drive(this.session, this.init, attempt, this);
    if (attempt === this.init) this.begin(); // now that nothing throws any more
    this.driver.connection.open();
  }

  /** Starts one timer for all connections of this opening together. */
  private begin(): void {
    const {
      signal,
      redirect,
      runtime,
      options: { handshakeTimeout = DEFAULT_OPTIONS.handshakeTimeout },
    } = this.init;
    signal?.addEventListener("abort", this.abort);
    if (redirect !== undefined && handshakeTimeout > 0)
      this.deadline = runtime.setTimeout(() => {
        this.driver.connection.fireTimer("handshake");
      }, handshakeTimeout);
  }

  private readonly abort = (): void => {
    const { session } = this;
    const reason: unknown = this.init.signal!.reason;
    session.fail(
      `Connecting to ${withoutUser(session.url)} was given up: ${reason instanceof Error ? reason.message : String(reason)}`,
      reason,
    );
    this.driver.connection.terminate();
  };

  private settle(): void {
    this.init.signal?.removeEventListener("abort", this.abort);
    this.init.runtime.clearTimeout(this.deadline);
  }

  onOpen(opening: Opening): void {
    this.settle();
    this.driver.listener = this.session;
    this.session.onOpen(opening);
  }

  onViolation(violation: ProtocolViolation): void {
    const { response } = violation;
    const { redirect } = this.attempt;
    if (violation.code !== "opening-refused" || redirect === undefined || !isRedirect(response!))
      return this.session.onViolation(violation);
    const next = redirect(response!);
    if (next instanceof ProtocolViolation) this.session.onViolation(next);
    else this.next = next;
  }

  onTransportError(cause: unknown): void {
    if (this.next === undefined) this.session.onTransportError(cause);
  }

  onClose(code: number, reason: string, clean: boolean): void {
    const { session, next } = this;
    if (next === undefined) {
      this.settle();
      return session.onClose(code, reason, clean);
    }
    this.next = undefined;
    session.moved(next.url);
    try {
      this.ask(next);
    } catch (error) {
      this.settle();
      session.fail(
        `Network error: ${withoutUser(next.url)}: ${error instanceof Error ? error.message : String(error)}`,
        error,
        true,
      );
      session.onClose(1006, "", false);
    }
  }

  onDrain(): void {
    this.session.onDrain();
  }

  // A client has no request, and no message before it is open. States go to the observer.
  onState(): void {}
  onRequest(): void {}
  onText(): void {}
  onBinary(): void {}
  onTextParts(): void {}
  onBinaryParts(): void {}
  onFragment(): void {}
  onPing(): void {}
  onPong(): void {}
}
