/**
 * How a `WebSocket` comes to be. The `open…` functions make one of an object that a constructor of an adapter has allocated,
 * so that old-style inheritance works there; the others allocate it themselves.
 */
import { selectDialect } from "../../dialect/select.ts";
import { versions } from "../../handshake/versions.ts";
import type { Choice, OpeningRequest, Origins } from "../../opening.ts";
import { type ConnectionOptions, DEFAULT_OPTIONS } from "../../options.ts";
import { type ClientInit, openSession } from "../client/opening.ts";
import { driveServer, type ServerDriver } from "../websocket/driver.ts";
import type { DuplexLike } from "../transport/duplex.ts";
import { own, refuseOwned } from "../transport/ownership.ts";
import { hold } from "../websocket/opened.ts";
import { keepUntaken } from "../websocket/receiving/untaken.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type SocketUrl, Session } from "../websocket/session.ts";
import { answerOpening, type Upgrader } from "./decision.ts";
import { RequestHead } from "./request-head.ts";
import { originProblem } from "../../handshake/origin.ts";
import type { Desk } from "../topics/desk.ts";
import { SESSION, WebSocket } from "../websocket/websocket.ts";
import { checkChoice, checkRequest, type Settings } from "../websocket/options.ts";

/** A server's socket, on a transport whose HTTP server has parsed the request. */
export interface AcceptedInit {
  readonly runtime: Runtime;
  /** `undefined`, ended or destroyed makes a closed `WebSocket`, which emits `close` with 1006. */
  readonly duplex:
    | (DuplexLike & { readonly readable?: boolean; readonly readableLength?: number })
    | null
    | undefined;
  readonly request: OpeningRequest;
  /** Whether the client connected by TLS, as far as `url` is concerned. */
  readonly secure: boolean;
  /** What came after the request's head. */
  readonly head?: Uint8Array | null | undefined;
  readonly protocols: readonly string[];
  readonly settings: Settings;
  /** Whether clients of drafts 75 and 76 are taken where `settings` do not say. @defaultValue false */
  readonly drafts?: boolean | undefined;
  /** Whose pages may connect where `settings` do not say. @defaultValue "same-origin" */
  readonly origins?: Origins | undefined;
  /** Decides about the request in the application's name. @defaultValue all are accepted */
  readonly decide?: Upgrader | undefined;
  /** What the socket carries as `context`. */
  readonly context?: unknown;
  /** Whether the socket is not the compatible constructor's, and so carries its request. @defaultValue false */
  readonly isModern?: boolean | undefined;
  /** Where it subscribes. @defaultValue nowhere */
  readonly desk?: Desk | undefined;
  /** The call that takes the socket, as a second one is told. @defaultValue `new WebSocket()` */
  readonly by?: string | undefined;
}

/** A server's socket on a driver that has emitted its request; what is `settings` of its connection is decided already. */
export interface AdoptedInit {
  readonly runtime: Runtime;
  readonly driver: ServerDriver;
  readonly request: OpeningRequest;
  readonly secure: boolean;
  readonly options?: Partial<ConnectionOptions> | undefined;
  /** Whether clients of drafts 75 and 76 are taken. @defaultValue false */
  readonly drafts?: boolean | undefined;
}

/**
 * Makes `socket` a server's socket. The request is answered when the code now running has returned, so that listeners added until then
 * see `open`.
 * @throws {UsageError} for headers that may not be sent.
 */
export function openAccepted(socket: WebSocket, init: AcceptedInit): void {
  const { runtime, duplex, request, settings, head, by = "new WebSocket()" } = init;
  const drafts = settings.drafts ?? init.drafts ?? false;
  const origins = settings.origins ?? init.origins ?? SAME_ORIGIN;
  const choice = { ...choiceOf(init.protocols, settings, drafts), origins };
  checkChoice(choice);
  refuseOwned(duplex, by);
  if (duplex) own(duplex, by);
  const session = new Session(
    socket,
    runtime,
    placeOf(request, init.secure),
    versionOf(request, drafts),
    queueLimitOf(settings.connection),
  );
  socket[SESSION] = session;
  session.context = init.context;
  if (init.isModern === true) keepUntaken(session);
  session.desk = init.desk;
  if (!isAlive(duplex)) return closeAtOnce(session, duplex);
  const driver = driveServer(runtime, duplex, session, settings.connection, settings);
  session.driver = driver;
  if (init.isModern === true)
    session.request = new RequestHead(request, init.secure, driver.transport.remoteAddress);
  // Now, not when it is accepted: bytes that the stream has read already come in a tick, which in Node goes first, and `head` is
  // before them. The connection holds both until then.
  const { connection } = driver;
  connection.receiveRequest(request);
  if (head && head.length > 0) connection.receive(head);
  // Code that awaits the socket runs after `open` where it was made in an I/O callback. It should not miss what the client has said by now.
  const isEarly = (head?.length ?? 0) + (duplex.readableLength ?? 0) > 0;
  runtime.nextTick(() => {
    if (connection.state !== "connecting") return;
    const holdEarly = (): void => {
      if (isEarly)
        hold(socket, (callback) => {
          runtime.queueMicrotask(() => {
            runtime.nextTick(callback);
          });
        });
    };
    if (init.decide !== undefined)
      return decideLater(session, connection, choice, init.decide, holdEarly);
    holdEarly();
    try {
      connection.accept(choice);
    } catch (error) {
      // The application's own function has failed to say who may connect.
      runtime.reportError(error);
      connection.reject({ status: 500 });
    }
  });
}

/** Asks the application. The socket is the library's meanwhile, so that a peer that leaves is nobody's uncaught error. */
function decideLater(
  session: Session,
  connection: ServerDriver["connection"],
  choice: Choice,
  decide: Upgrader,
  opening: () => void,
): void {
  const request = session.request!;
  answerOpening({
    connection,
    choice,
    // Whom `origins` refuses is refused as the choice is carried out; the application need not be asked.
    decide: () =>
      originProblem(request, choice.origins!) === undefined ? decide(request) : undefined,
    accepted: (context) => {
      if (context !== undefined) session.context = context;
      opening();
    },
    failed: (error) => {
      session.fail(error instanceof Error ? error.message : String(error), error, true);
    },
  });
}

/** Makes a server's socket. @see {@link openAccepted} */
export function acceptedSocket(init: AcceptedInit): WebSocket {
  const socket = new WebSocket();
  openAccepted(socket, init);
  return socket;
}

/**
 * Makes a server's socket of a connection whose request is still to be answered: `driver.connection.accept()` opens it, `reject()`
 * closes it. The socket takes the place of the driver's listener.
 */
export function adoptedSocket(init: AdoptedInit): WebSocket {
  const socket = new WebSocket();
  const { runtime, driver, request } = init;
  const session = new Session(
    socket,
    runtime,
    placeOf(request, init.secure),
    versionOf(request, init.drafts ?? false),
    queueLimitOf(init.options),
  );
  socket[SESSION] = session;
  session.driver = driver;
  driver.listener = session;
  keepUntaken(session);
  return socket;
}

/**
 * Makes `socket` a client's socket.
 * @throws {UsageError} for subprotocols or headers that may not be sent, before dialling.
 */
export function openClient(socket: WebSocket, init: ClientInit): void {
  const { runtime, request, options } = init;
  checkRequest(request);
  const place: SocketUrl = { scheme: "", host: "", target: init.url };
  const session = new Session(socket, runtime, place, "hybi-13", queueLimitOf(options));
  socket[SESSION] = session;
  openSession(session, init);
}

/** Makes a client's socket. @see {@link openClient} */
export function clientSocket(init: ClientInit): WebSocket {
  const socket = new WebSocket();
  openClient(socket, init);
  return socket;
}

/** Who may connect to those who say nothing about it, and are not bound to what was. */
export const SAME_ORIGIN = "same-origin" satisfies Origins;

const queueLimitOf = (options: Partial<ConnectionOptions> | undefined): number =>
  options?.maxBufferedBytes ?? DEFAULT_OPTIONS.maxBufferedBytes;

const placeOf = (request: OpeningRequest, secure: boolean): SocketUrl => ({
  scheme: secure ? "wss://" : "ws://",
  host: request.headers.get("host") ?? "",
  target: request.target,
});

const choiceOf = (
  protocols: readonly string[],
  { headers, extensions }: Settings,
  drafts: boolean,
): Choice => ({
  protocols,
  ...(headers.length > 0 ? { headers } : {}),
  ...(extensions.length > 0 ? { extensions } : {}),
  ...(drafts ? { drafts } : {}),
});

/** What the request asks for; an opening that fails has no version of its own. */
function versionOf(request: OpeningRequest, drafts: boolean): string {
  const version = versions.get(request.headers.get("sec-websocket-version") ?? "");
  if (version !== undefined || !drafts) return version ?? "hybi-13";
  const dialect = selectDialect(request, drafts);
  return "version" in dialect ? dialect.version : "hybi-13";
}

const isAlive = (duplex: AcceptedInit["duplex"]): duplex is NonNullable<AcceptedInit["duplex"]> =>
  duplex !== null &&
  duplex !== undefined &&
  !duplex.destroyed &&
  duplex.writable &&
  duplex.readable !== false;

/** The socket was dead when it was given: the `WebSocket` is closed, and says so once listeners can have been added. */
function closeAtOnce(session: Session, duplex: AcceptedInit["duplex"]): void {
  if (duplex && !duplex.destroyed) {
    duplex.on("error", () => {});
    duplex.destroy();
  }
  session.runtime.nextTick(() => {
    session.onClose(1006, "", false);
  });
}
