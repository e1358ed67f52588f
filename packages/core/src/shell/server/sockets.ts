/**
 * Makes `WebSocket`s. The `open…` functions turn an object that a constructor of an adapter has allocated into one,
 * so that old-style inheritance works there; the others allocate it themselves.
 */
import { selectDialect } from "../../dialect/select.ts";
import { pathOf } from "../../http/head-grammar.ts";
import { versions } from "../../handshake/versions.ts";
import type { Choice, OpeningRequest, Origins, Refusal } from "../../opening.ts";
import { type ConnectionOptions, DEFAULT_OPTIONS } from "../../options.ts";
import { type ClientInit, openSession } from "../client/opening.ts";
import type { ServerDriver } from "../websocket/driver.ts";
import { driveServer } from "../websocket/driving/drive.ts";
import type { DuplexLike } from "../transport/duplex.ts";
import { own, refuseAnswered } from "../transport/ownership.ts";
import { hold } from "../websocket/opened.ts";
import { keepUntaken } from "../websocket/receiving/untaken.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type SocketUrl, Session } from "../websocket/session.ts";
import { type Answerable, answerOpening, type Upgrader } from "./decision.ts";
import type { Budget } from "./budget.ts";
import { RequestHead } from "./request-head.ts";
import { originProblem } from "../../handshake/origin.ts";
import type { Desk } from "../topics/desk.ts";
import { SESSION, WebSocket } from "../websocket/websocket.ts";
import { checkChoice, checkRequest, type Settings } from "../websocket/options.ts";

/** A server's socket, on a duplex whose request an HTTP server has parsed. */
export interface AcceptedInit {
  readonly runtime: Runtime;
  /** `undefined`, ended or destroyed makes a closed `WebSocket`, which emits `close` with 1006. */
  readonly duplex:
    | (DuplexLike & { readonly readable?: boolean; readonly readableLength?: number })
    | null
    | undefined;
  readonly request: OpeningRequest;
  /** Whether the client connected by TLS, for `url`. */
  readonly secure: boolean;
  /** The bytes after the request's head. */
  readonly head?: Uint8Array | null | undefined;
  readonly protocols: readonly string[];
  readonly settings: Settings;
  /** Whether to accept clients of drafts 75 and 76 if `settings` do not say. @defaultValue false */
  readonly drafts?: boolean | undefined;
  /** The origins whose pages may connect if `settings` do not say. @defaultValue "same-origin" */
  readonly origins?: Origins | undefined;
  /** The application's decision about the request. @defaultValue accepts all */
  readonly decide?: Upgrader | undefined;
  /** The socket's `context`. */
  readonly context?: unknown;
  /** Whether the socket is not the compatible constructor's, and so carries its request. @defaultValue false */
  readonly isModern?: boolean | undefined;
  /** The budget that counts the connection. @defaultValue none counts it */
  readonly budget?: Budget | undefined;
  /** Its topics. @defaultValue none */
  readonly desk?: Desk | undefined;
  /** The call that takes the duplex, for the error of a second call. @defaultValue `new WebSocket()` */
  readonly by?: string | undefined;
}

/** A server's socket on a driver that has emitted its request, so that its connection has its options already. */
export interface AdoptedInit {
  readonly runtime: Runtime;
  readonly driver: ServerDriver;
  readonly request: OpeningRequest;
  readonly secure: boolean;
  readonly options?: Partial<ConnectionOptions> | undefined;
  /** Whether to accept clients of drafts 75 and 76. @defaultValue false */
  readonly drafts?: boolean | undefined;
}

/**
 * Makes `socket` a server's socket. It answers the request when the running code has returned, so that listeners added until then
 * see `open`.
 * @throws {UsageError} for headers that may not be sent.
 */
export function openAccepted(socket: WebSocket, init: AcceptedInit): void {
  const { runtime, duplex, request, settings, head, by = "new WebSocket()" } = init;
  const drafts = settings.drafts ?? init.drafts ?? false;
  const origins = settings.origins ?? init.origins ?? SAME_ORIGIN;
  const choice = { ...choiceOf(init.protocols, settings, drafts), origins };
  checkChoice(choice);
  refuseAnswered(duplex, by);
  if (duplex) own(duplex, by);
  const session = new Session(
    socket,
    runtime,
    placeOf(runtime, request, init.secure),
    versionOf(request, drafts),
    queueLimitOf(settings.connection),
  );
  socket[SESSION] = session;
  equip(session, init);
  if (!isAlive(duplex)) return closeAtOnce(session, duplex);
  const driver = driveServer(runtime, duplex, session, settings.connection, settings);
  session.driver = driver;
  const refusal = admit(init.budget, session, driver);
  if (init.isModern === true)
    session.request = new RequestHead(request, init.secure, driver.transport.remoteAddress);
  // Now, not when it is accepted: bytes that the stream has read already come in a tick, which in Node runs first, and `head` comes
  // before them. The connection holds both until then.
  const { connection } = driver;
  connection.receiveRequest(request);
  if (head && head.length > 0) connection.receive(head);
  // If the socket was made in an I/O callback, code that awaits it runs after `open`. It should not miss messages that the client has sent by now.
  const isEarly = (head?.length ?? 0) + (duplex.readableLength ?? 0) > 0;
  runtime.nextTick(() => {
    // The application may have answered by hand, in another listener: then the peer's end closes this.
    if (connection.state !== "connecting" || !duplex.writable) return;
    if (refusal !== undefined) return connection.reject(refusal);
    const holdEarly = (): void => {
      if (isEarly)
        hold(socket, (callback) => {
          runtime.queueMicrotask(() => {
            runtime.nextTick(callback);
          });
        });
    };
    if (init.decide !== undefined)
      return decideLater(session, answerable(connection, duplex), choice, init.decide, holdEarly);
    holdEarly();
    try {
      connection.accept(choice);
    } catch (error) {
      // The application's function for `origins` has thrown.
      runtime.reportError(error);
      connection.reject({ status: 500 });
    }
  });
}

/** Gives a session what only modern sockets have: a field that is not set costs no memory. */
function equip(session: Session, { context, desk, isModern }: AcceptedInit): void {
  if (context !== undefined) session.context = context;
  if (isModern === true) keepUntaken(session);
  if (desk !== undefined) session.desk = desk;
}

/** Lets the budget count a connection. Returns the refusal of one too many. */
function admit(
  budget: Budget | undefined,
  session: Session,
  driver: ServerDriver,
): Refusal | undefined {
  const admitted = budget?.admit(session, driver.transport.remoteAddress);
  if (admitted === undefined) return undefined;
  if ("status" in admitted) return admitted;
  driver.account = admitted;
  return undefined;
}

/** The connection while its duplex can carry an answer. */
const answerable = (
  connection: ServerDriver["connection"],
  duplex: Pick<DuplexLike, "writable">,
): Answerable => ({
  get state() {
    return duplex.writable ? connection.state : "closed";
  },
  accept: (choice) => {
    connection.accept(choice);
  },
  reject: (refusal) => {
    connection.reject(refusal);
  },
});

/** Lets the application decide. Meanwhile the library owns the socket, so that a peer that leaves causes no uncaught error. */
function decideLater(
  session: Session,
  connection: Answerable,
  choice: Choice,
  decide: Upgrader,
  opening: () => void,
): void {
  const request = session.request!;
  answerOpening({
    connection,
    choice,
    // `accept` refuses an origin that may not connect; then the application need not decide.
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
 * Makes a server's socket of a connection whose request has no answer yet: `driver.connection.accept()` opens it, `reject()`
 * closes it. The socket replaces the driver's listener.
 */
export function adoptedSocket(init: AdoptedInit): WebSocket {
  const socket = new WebSocket();
  const { runtime, driver, request } = init;
  const session = new Session(
    socket,
    runtime,
    placeOf(runtime, request, init.secure),
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
 * @throws {UsageError} for subprotocols or headers that may not be sent, before it connects.
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

/** The default of `origins`, except for the compatible constructor. */
export const SAME_ORIGIN = "same-origin" satisfies Origins;

const queueLimitOf = (options: Partial<ConnectionOptions> | undefined): number =>
  options?.maxBufferedBytes ?? DEFAULT_OPTIONS.maxBufferedBytes;

/** The last URL of each runtime: sockets with the same URL share it (`npm run bench -- --only idle`). */
const places = new WeakMap<Runtime, SocketUrl>();

function placeOf(runtime: Runtime, request: OpeningRequest, secure: boolean): SocketUrl {
  const scheme = secure ? "wss://" : "ws://";
  const host = request.headers.get("host") ?? "";
  const target = pathOf(request.target);
  const last = places.get(runtime);
  if (last?.target === target && last.host === host && last.scheme === scheme) return last;
  const place: SocketUrl = { scheme, host, target };
  places.set(runtime, place);
  return place;
}

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

/** Returns the version that the request asks for, since an opening that fails has no version of its own. */
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

/** Closes the `WebSocket` of a dead duplex, and emits `close` once listeners can have been added. */
function closeAtOnce(session: Session, duplex: AcceptedInit["duplex"]): void {
  if (duplex && !duplex.destroyed) {
    duplex.on("error", () => {});
    duplex.destroy();
  }
  session.lostBy = duplex?.errored ?? undefined;
  session.runtime.nextTick(() => {
    session.onClose(1006, "", false);
  });
}
