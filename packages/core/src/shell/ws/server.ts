import type { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { IncomingMessage, Server as HttpServer } from "node:http";
import type { Duplex } from "node:stream";
import { deniedError } from "../transport/network-error.ts";
import { acceptKeyOf, isOpeningKey } from "../../handshake/accept-key.ts";
import { checkSink } from "../../trace/record/sink.ts";
import { MODULES, DEFAULT_CLASS, type WsModules } from "./modules.ts";
import { refuse, type RefusalHeaders } from "./opening/refusal.ts";
import { pageProblem } from "./opening/origin.ts";
import {
  type AcceptedSocket,
  checkPlace,
  type ServerOptions,
  withDefaults,
} from "./server-options.ts";
import { extension } from "./parts/extension.ts";
import { PerMessageDeflate } from "./parts/permessage-deflate.ts";
import { subprotocol } from "./parts/subprotocol.ts";

/** Marks sockets that a server has accepted: a second `handleUpgrade` would write into an open connection. */
const TAKEN: unique symbol = Symbol("taken");
type Taken = Duplex & { [TAKEN]?: boolean };

/** States of a server, in the numbers of `ws`. */
const RUNNING = 0;
const CLOSING = 1;
const CLOSED = 2;

type Accepted = (socket: AcceptedSocket, request: IncomingMessage) => void;

type Extensions = Record<string, PerMessageDeflate>;

/** The subprotocols and extensions of a well-formed request. */
interface Asked {
  readonly key: string;
  readonly protocols: Set<string>;
  readonly extensions: Extensions;
}

/** A problem of a request: the status and the text of the answer. */
interface Problem {
  readonly status: number;
  readonly message: string;
  readonly headers?: RefusalHeaders;
}

/**
 * A server with the API of `ws` 8: on its own port, beside an HTTP server, or for sockets that the application brings (`noServer`).
 * `wsApi()` puts the runtime's modules on its prototype. Methods that subclasses must not override begin with `_own`.
 */
export class WebSocketServer extends EventEmitter {
  declare readonly [MODULES]: WsModules;
  declare readonly [DEFAULT_CLASS]: ServerOptions["WebSocket"];
  readonly options: ServerOptions;
  /** The connected sockets; absent with `clientTracking: false`. */
  clients?: Set<AcceptedSocket>;
  _server: HttpServer | null = null;
  _state: 0 | 1 | 2 = RUNNING;
  private _ownClosesWithClients = false;
  private _ownForget: (() => void) | undefined = undefined; // removes our listeners from the HTTP server

  /**
   * @param callback called once the server listens
   * @throws {TypeError} unless one of `port`, `server` and `noServer` says where connections come from.
   */
  constructor(options?: ServerOptions, callback?: () => void) {
    super();
    const given = withDefaults(options, this[DEFAULT_CLASS]);
    checkPlace(given);
    if (given.record !== undefined) checkSink(given.record);
    this.options = given;
    if (given.port !== null && given.port !== undefined)
      this._server = this._ownListen(given, callback);
    else if (given.server) this._server = given.server;
    if (this._server !== null) this._ownAttach(this._server);
    if (given.clientTracking) this.clients = new Set();
  }

  /** Returns the address on which the server listens. @throws {Error} with `noServer`. */
  address(): ReturnType<HttpServer["address"]> {
    if (this.options.noServer) throw new Error('The server is operating in "noServer" mode');
    return this._server === null ? null : this._server.address();
  }

  /**
   * Accepts no more connections. Open ones stay, and `close` comes when they have ended; an HTTP server of the application stays too.
   * @param callback called with `close`; with an error if the server was closed before
   */
  close(callback?: (error?: Error) => void): void {
    if (this._state === CLOSED) {
      if (callback)
        this.once("close", () => {
          callback(new Error("The server is not running"));
        });
      return this._ownCloseSoon();
    }
    if (callback) this.once("close", callback);
    if (this._state === CLOSING) return;
    this._state = CLOSING;
    const server = this._server;
    this._ownForget?.();
    this._ownForget = undefined;
    this._server = null;
    if (server !== null && !this.options.server)
      server.close(() => {
        this._ownEmitClose();
      });
    else if (this.clients !== undefined && this.clients.size > 0) this._ownClosesWithClients = true;
    else this._ownCloseSoon();
  }

  /** Whether this server handles a request, by the option `path`. Subclasses may override it. */
  shouldHandle({ url = "" }: IncomingMessage): boolean {
    const { path } = this.options;
    if (!path) return true;
    const query = url.indexOf("?");
    return (query === -1 ? url : url.slice(0, query)) === path;
  }

  /**
   * Answers the opening `request` that came on `socket`, with `head` behind it. If it accepts, it calls `callback` with the `WebSocket`.
   * @throws {Error} for a socket that has been accepted before.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, callback: Accepted): void {
    socket.on("error", destroyOnError);
    const problem = headProblem(request);
    if (problem !== undefined) return this._ownRefuseBadRequest(request, socket, problem);
    if (!this.shouldHandle(request)) return this._ownRefuse(socket, 400);
    const asked = this._ownRead(request);
    if ("status" in asked) return this._ownRefuseBadRequest(request, socket, asked);
    const { extensions, key, protocols } = asked;
    const refused =
      this.options.secure || this.options.origins !== undefined
        ? pageProblem(request, this.options.origins)
        : undefined;
    if (refused !== undefined) return this._ownRefuse(socket, refused.status, refused.message);
    this._ownVerify(request, socket, () => {
      this.completeUpgrade(extensions, key, protocols, request, socket, head, callback);
    });
  }

  private _ownListen(
    { port, host, backlog }: ServerOptions,
    callback: (() => void) | undefined,
  ): HttpServer {
    const { http, runtime, mayUseNetwork } = this[MODULES];
    const body = http.STATUS_CODES[426] ?? "Upgrade Required";
    const server = http.createServer((_, response) => {
      response.writeHead(426, { "Content-Length": body.length, "Content-Type": "text/plain" });
      response.end(body);
    });
    if (mayUseNetwork?.() === false) runtime.nextTick(() => server.emit("error", deniedError()));
    else server.listen(port ?? 0, host ?? undefined, backlog ?? undefined, callback);
    return server;
  }

  private _ownAttach(server: HttpServer): void {
    const listeners = {
      listening: () => {
        this.emit("listening");
      },
      error: (error: Error) => {
        this.emit("error", error);
      },
      upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        this.handleUpgrade(request, socket, head, (accepted) => {
          this.emit("connection", accepted, request);
        });
      },
    };
    const entries = Object.entries(listeners) as [string, (...args: unknown[]) => void][];
    for (const [event, listener] of entries) server.on(event, listener);
    this._ownForget = () => {
      for (const [event, listener] of entries) server.removeListener(event, listener);
    };
  }

  /** Reads the fields with the client's key, subprotocols and extensions. */
  private _ownRead(request: IncomingMessage): Asked | Problem {
    const { headers } = request;
    const key = headers["sec-websocket-key"]!;
    const field = headers["sec-websocket-protocol"];
    const offers = headers["sec-websocket-extensions"];
    let protocols = new Set<string>();
    try {
      if (field !== undefined) protocols = subprotocol.parse(field);
    } catch {
      return { status: 400, message: "Invalid Sec-WebSocket-Protocol header" };
    }
    const { perMessageDeflate, maxPayload } = this.options;
    if (!perMessageDeflate || offers === undefined) return { key, protocols, extensions: {} };
    try {
      const { [PerMessageDeflate.extensionName]: own } = extension.parse(offers);
      if (own === undefined) return { key, protocols, extensions: {} };
      const chosen = perMessageDeflate === true ? {} : perMessageDeflate;
      const deflate = new PerMessageDeflate({ ...chosen, isServer: true, maxPayload });
      deflate.accept(own);
      return { key, protocols, extensions: { [PerMessageDeflate.extensionName]: deflate } };
    } catch {
      return { status: 400, message: "Invalid or unacceptable Sec-WebSocket-Extensions header" };
    }
  }

  /** Calls the application's `verifyClient`, which may answer later. */
  private _ownVerify(request: IncomingMessage, socket: Duplex, accept: () => void): void {
    const { verifyClient } = this.options;
    if (!verifyClient) return accept();
    const isDraft = request.headers["sec-websocket-version"] === "8";
    const origin = request.headers[isDraft ? "sec-websocket-origin" : "origin"] as string;
    const from = request.socket as { authorized?: unknown; encrypted?: unknown };
    const info = { origin, secure: Boolean(from.authorized || from.encrypted), req: request };
    if (verifyClient.length !== 2) {
      if ((verifyClient as (from: typeof info) => unknown)(info)) accept();
      else this._ownRefuse(socket, 401);
      return;
    }
    verifyClient(info, (verified, code, message, headers) => {
      if (verified) accept();
      else this._ownRefuse(socket, code || 401, message, headers);
    });
  }

  /** Answers with 101. Subclasses may override it, so it takes what it takes in `ws`. */
  completeUpgrade(
    extensions: Extensions,
    key: string,
    protocols: Set<string>,
    request: IncomingMessage,
    socket: Taken,
    head: Buffer,
    callback: Accepted,
  ): void {
    // One side has ended while the application decided.
    if (!socket.readable || !socket.writable) return void socket.destroy();
    if (socket[TAKEN]) {
      throw new Error(
        "server.handleUpgrade() was called more than once with the same socket, possibly due to a misconfiguration",
      );
    }
    if (this._state !== RUNNING) return this._ownRefuse(socket, 503);
    socket[TAKEN] = true;
    const accepted = new this.options.WebSocket!(null, undefined, this.options);
    const fields = [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${acceptKeyOf(key)}`,
    ];
    const protocol = protocols.size > 0 ? this._ownChoose(protocols, request) : undefined;
    if (protocol) {
      fields.push(`Sec-WebSocket-Protocol: ${protocol}`);
      accepted._protocol = protocol;
    }
    const name = PerMessageDeflate.extensionName;
    const { [name]: deflate } = extensions;
    if (deflate !== undefined) {
      fields.push(`Sec-WebSocket-Extensions: ${extension.format({ [name]: [deflate.params!] })}`);
      accepted._extensions = extensions;
    }
    this.emit("headers", fields, request);
    const bad = fields.find((field) => /[\r\n\0]/.test(field));
    if (bad !== undefined) {
      socket.destroy();
      throw new TypeError(
        `headers: a field must not have a line break in it, got ${JSON.stringify(bad)}`,
      );
    }
    socket.write(`${fields.join("\r\n")}\r\n\r\n`);
    socket.removeListener("error", destroyOnError);
    accepted.setSocket(socket, head);
    this._ownTrack(accepted);
    callback(accepted, request);
  }

  private _ownChoose(protocols: Set<string>, request: IncomingMessage): string | false | undefined {
    const { handleProtocols } = this.options;
    return handleProtocols ? handleProtocols(protocols, request) : protocols.values().next().value;
  }

  private _ownTrack(accepted: AcceptedSocket): void {
    const { clients } = this;
    if (clients === undefined) return;
    clients.add(accepted);
    accepted.on("close", () => {
      clients.delete(accepted);
      if (this._ownClosesWithClients && clients.size === 0) this._ownCloseSoon();
    });
  }

  private _ownRefuseBadRequest(
    request: IncomingMessage,
    socket: Duplex,
    { status, message, headers }: Problem,
  ): void {
    if (this.listenerCount("wsClientError") > 0)
      this.emit("wsClientError", new Error(message), socket, request);
    else this._ownRefuse(socket, status, message, headers);
  }

  private _ownRefuse(
    socket: Duplex,
    status: number,
    message?: string,
    headers?: RefusalHeaders,
  ): void {
    refuse(this[MODULES].http, socket, status, message, headers);
  }

  private _ownCloseSoon(): void {
    this[MODULES].runtime.nextTick(() => {
      this._ownEmitClose();
    });
  }

  private _ownEmitClose(): void {
    this._state = CLOSED;
    this.emit("close");
  }
}

/** Returns the problem of a request's line and its fixed fields, if any, in the order in which `ws` checks. */
function headProblem({ method, headers }: IncomingMessage): Problem | undefined {
  const { upgrade, "sec-websocket-key": key } = headers;
  if (method !== "GET") return { status: 405, message: "Invalid HTTP method" };
  if (upgrade === undefined || upgrade.toLowerCase() !== "websocket")
    return { status: 400, message: "Invalid Upgrade header" };
  if (key === undefined || !isOpeningKey(key))
    return { status: 400, message: "Missing or invalid Sec-WebSocket-Key header" };
  const version = Number(headers["sec-websocket-version"]);
  if (version === 13 || version === 8) return undefined;
  return {
    status: 400,
    message: "Missing or invalid Sec-WebSocket-Version header",
    headers: { "Sec-WebSocket-Version": "13, 8" },
  };
}

function destroyOnError(this: Duplex): void {
  this.destroy();
}
