import type { Reception } from "@sansocket/core/shell";
import http, { type IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import type { ErrorHandler, FetchHandler } from "./fetch-bridge.ts";
import { listenOn } from "./listener.ts";
import { openingRequestOf } from "./opening-request.ts";
import { type NodeHandler, requestHandler } from "./request-handler.ts";
import { type NodeServer, secureOptions, socketServer, type SocketServerOptions } from "./socket-server.ts";

/** What {@link serve} may be told. */
export interface ServeOptions extends SocketServerOptions {
  /** Answers ordinary requests. @defaultValue 426 to all of them */
  readonly fetch?: FetchHandler | undefined;
  /** Answers when `fetch` throws. @defaultValue 500, and a process warning with the stack */
  readonly error?: ErrorHandler | undefined;
}

/**
 * Serves HTTP and WebSockets on one port: `fetch` answers ordinary requests with a `Response`, `websocket` handles the sockets.
 *
 * `server.ready` tells when it listens, or why it cannot.
 * @throws {UsageError} for an option that is not known or out of range.
 */
export function serve(options: ServeOptions): NodeServer {
  const { fetch, error, ...rest } = options;
  return socketServer(rest, (reception) => {
    const handle = requestHandler(fetch, error), limits = rest.maxHeadSize === undefined ? {} : { maxHeaderSize: rest.maxHeadSize };
    const server = rest.tls === undefined ? http.createServer(limits, handle) : https.createServer({ ...limits, ...secureOptions(rest) }, handle);
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (asksForWebSocket(request)) reception.receiveRequest(socket, rest.tls !== undefined, openingRequestOf(request), head);
      else answerAsOrdinary(request, socket, handle, reception, head);
    });
    return listenOn(server, rest);
  });
}

const asksForWebSocket = ({ headers: { upgrade = "" } }: IncomingMessage): boolean =>
  upgrade.split(",").some((protocol) => /^\s*websocket\s*$/i.test(protocol));

/**
 * A server may ignore an offer to speak something else, such as HTTP/2 in the clear (RFC 9110 §7.8), but Node has let go of the
 * socket by now: the answer is its last. A request with a body, which Node would not read, is refused.
 */
function answerAsOrdinary(request: IncomingMessage, socket: Duplex, handle: NodeHandler, reception: Reception, head: Buffer): void {
  const { headers } = request, hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (hasBody) return reception.receiveRequest(socket, false, openingRequestOf(request), head);
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  socket.on("error", () => { socket.destroy(); });
  response.assignSocket(socket as IncomingMessage["socket"]);
  response.on("finish", () => { socket.end(); });
  socket.resume();
  handle(request, response);
}
