import { Buffer } from "node:buffer";
import type { EventEmitter } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { acceptKeyOf } from "../../../handshake/accept-key.ts";
import { MODULES, type WsModules } from "../modules.ts";
import { extension } from "../parts/extension.ts";
import type { GenerateMask } from "../parts/masks.ts";
import { PerMessageDeflate } from "../parts/permessage-deflate.ts";
import {
  type Attempt,
  checkVersion,
  type ClientOptions,
  prepareAttempt,
  readTarget,
  type Target,
  targetProblem,
} from "./client-options.ts";

export type ClientRequestLike = ClientRequest;

/** The part of a `WebSocket` that its opening uses. */
export interface OpeningClient extends EventEmitter {
  readonly [MODULES]: WsModules;
  readonly readyState: 0 | 1 | 2 | 3;
  _req: ClientRequestLike | null;
  _url: string | undefined;
  _ownOpeningState: 0 | 2 | 3;
  _redirects: number;
  _protocol: string;
  _extensions: Record<string, PerMessageDeflate>;
  _ownFail(error: Error): void;
  emitClose(): void;
  setSocket(socket: Duplex, head: Buffer, options?: { generateMask?: GenerateMask }): void;
}

/** The first server, with which a redirect is compared: its credentials are not for another. */
interface Origin {
  readonly isIpc: boolean;
  readonly isSecure: boolean;
  readonly place: string | undefined;
}

const placeOf = ({ isIpc, url, request }: Attempt): string | undefined =>
  isIpc ? request.socketPath : url.host;

/**
 * Opens `websocket` by a request of `node:http`, at once. Returns the options with their defaults.
 * @throws {SyntaxError} for an invalid URL or subprotocol, {RangeError} for an invalid version.
 */
export function openClient(
  websocket: OpeningClient,
  address: string | URL,
  protocols: readonly string[],
  given: ClientOptions = {},
): ClientOptions {
  checkVersion(given);
  const target = readTarget(address);
  const problem = targetProblem(target);
  websocket._url = target.url.href;
  if (problem !== undefined) throw new SyntaxError(problem);
  const options = given.followRedirects ? { ...given, headers: lowerCase(given.headers) } : given;
  const attempt = prepareAttempt(websocket[MODULES], target, protocols, given);
  if (options.followRedirects && attempt.request.auth !== undefined)
    keepCredentials(attempt, options);
  const origin: Origin = {
    isIpc: target.isIpc,
    isSecure: target.isSecure,
    place: placeOf(attempt),
  };
  start(websocket, attempt, { protocols, options, origin });
  return options;
}

/** The values that stay the same from redirect to redirect. */
interface Journey {
  readonly protocols: readonly string[];
  readonly options: ClientOptions;
  readonly origin: Origin;
}

const lowerCase = (headers: ClientOptions["headers"]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );

/** Sends the credentials of the first URL with the redirects too, as a header would; a given header counts first. */
function keepCredentials({ request }: Attempt, { headers }: ClientOptions): void {
  const fields = headers as Record<string, unknown>;
  fields["authorization"] ??= `Basic ${Buffer.from(request.auth!).toString("base64")}`;
}

function start(websocket: OpeningClient, attempt: Attempt, journey: Journey): void {
  const { http, https } = websocket[MODULES];
  const { options } = journey;
  const request = (attempt.isSecure ? https : http).request(attempt.request as never);
  websocket._req = request;
  if (websocket._redirects > 0) websocket.emit("redirect", websocket._url, request);
  if (options.handshakeTimeout) {
    request.on("timeout", () => {
      abort(websocket, request, "Opening handshake has timed out");
    });
  }
  request.on("error", (error) => {
    if (websocket._req !== request || aborted.has(request)) return;
    websocket._req = null;
    websocket._ownFail(error);
  });
  request.on("response", (response) => {
    receiveAnswer(websocket, request, response, journey);
  });
  request.on("upgrade", (response, socket, head) => {
    receiveUpgrade(websocket, attempt, options, response, socket, head);
  });
  if (options.finishRequest) options.finishRequest(request, websocket);
  else request.end();
}

/** Requests that were given up: their later events are ignored. */
const aborted = new WeakSet<ClientRequest>();

/** Gives an opening up: `error` follows in a turn of its own, then `close`. */
function abort(websocket: OpeningClient, request: ClientRequest, message: string): void {
  websocket._ownOpeningState = 2;
  const error = new Error(message);
  aborted.add(request);
  request.destroy();
  const { socket } = request as { socket?: Duplex | null };
  if (socket && !socket.destroyed) socket.destroy();
  websocket[MODULES].runtime.nextTick(() => {
    websocket._ownFail(error);
  });
}

/** Gives up the opening of a client that is still connecting. */
export function abortOpening(websocket: OpeningClient, message: string): void {
  if (websocket._req !== null) abort(websocket, websocket._req, message);
}

function receiveAnswer(
  websocket: OpeningClient,
  request: ClientRequest,
  response: IncomingMessage,
  journey: Journey,
): void {
  const { statusCode = 0, headers } = response;
  const { followRedirects, maxRedirects = 10 } = journey.options;
  if (followRedirects && headers.location && statusCode >= 300 && statusCode < 400) {
    if (++websocket._redirects > maxRedirects)
      return abort(websocket, request, "Maximum redirects exceeded");
    aborted.add(request);
    request.destroy();
    return follow(websocket, headers.location, journey);
  }
  if (websocket.emit("unexpected-response", request, response)) return;
  abort(websocket, request, `Unexpected server response: ${statusCode}`);
}

function follow(websocket: OpeningClient, location: string, journey: Journey): void {
  let target: Target;
  try {
    target = readTarget(new URL(location, websocket._url));
  } catch {
    return websocket._ownFail(new SyntaxError(`Invalid URL: ${location}`));
  }
  websocket._url = target.url.href;
  const problem = targetProblem(target);
  if (problem !== undefined) return websocket._ownFail(new SyntaxError(problem));
  const attempt = prepareAttempt(websocket[MODULES], target, journey.protocols, journey.options);
  if (websocket.listenerCount("redirect") === 0) protectCredentials(attempt, journey.origin);
  start(websocket, attempt, journey);
}

/** Removes credentials from a redirect to another server or from TLS to plain text, unless a listener of `redirect` decides. */
function protectCredentials(attempt: Attempt, origin: Origin): void {
  const isSame = attempt.isIpc === origin.isIpc && placeOf(attempt) === origin.place;
  if (isSame && (!origin.isSecure || attempt.isSecure)) return;
  const { headers } = attempt.request;
  delete headers["authorization"];
  delete headers["cookie"];
  if (!isSame) delete headers["host"];
  attempt.request.auth = undefined;
}

function receiveUpgrade(
  websocket: OpeningClient,
  attempt: Attempt,
  options: ClientOptions,
  response: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  websocket.emit("upgrade", response);
  if (websocket.readyState !== 0) return; // given up by a listener
  websocket._req = null;
  const problem = findProblem(websocket, attempt, response);
  if (problem !== undefined) return refuse(websocket, socket, problem);
  const { generateMask } = options;
  websocket.setSocket(socket, head, generateMask === undefined ? undefined : { generateMask });
}

/** Refuses an answer: emits `error`, and `close` once the socket is gone. */
function refuse(websocket: OpeningClient, socket: Duplex, message: string): void {
  websocket._ownOpeningState = 2;
  socket.once("error", (error: Error) => websocket.emit("error", error));
  socket.once("close", () => {
    websocket.emitClose();
  });
  socket.destroy(new Error(message));
}

/** Checks an answer against the request (RFC 6455 §4.1), and stores the agreed subprotocol and extensions. */
function findProblem(
  websocket: OpeningClient,
  { key, protocols, deflate }: Attempt,
  { headers }: IncomingMessage,
): string | undefined {
  if (headers.upgrade?.toLowerCase() !== "websocket") return "Invalid Upgrade header";
  if (headers["sec-websocket-accept"] !== acceptKeyOf(key))
    return "Invalid Sec-WebSocket-Accept header";
  const protocol = headers["sec-websocket-protocol"] as string | undefined;
  if (protocol === undefined) {
    if (protocols.size > 0) return "Server sent no subprotocol";
  } else {
    if (protocols.size === 0) return "Server sent a subprotocol but none was requested";
    if (!protocols.has(protocol)) return "Server sent an invalid subprotocol";
    websocket._protocol = protocol;
  }
  const field = headers["sec-websocket-extensions"] as string | undefined;
  return field === undefined ? undefined : findExtensionProblem(websocket, deflate, field);
}

function findExtensionProblem(
  websocket: OpeningClient,
  deflate: PerMessageDeflate | undefined,
  field: string,
): string | undefined {
  const name = PerMessageDeflate.extensionName;
  if (deflate === undefined)
    return "Server sent a Sec-WebSocket-Extensions header but no extension was requested";
  try {
    const offers = extension.parse(field);
    const names = Object.keys(offers);
    if (names.length !== 1 || names[0] !== name)
      return "Server indicated an extension that was not requested";
    deflate.accept(offers[name]!);
  } catch {
    return "Invalid Sec-WebSocket-Extensions header";
  }
  websocket._extensions[name] = deflate;
  return undefined;
}
