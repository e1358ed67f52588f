import type { IncomingMessage } from "node:http";
import type { ServerOptions } from "node:http2";
import type net from "node:net";
import type { Duplex } from "node:stream";
import type { Reception } from "../../shell/server/acceptor.ts";
import type { ErrorHandler, FetchHandler } from "./fetch-bridge.ts";
import { headTimes } from "./head-times.ts";
import { listenHttp2 } from "../http2/server.ts";
import { listenOn } from "./listener.ts";
import type { NodeLayer } from "../node-modules.ts";
import { openingRequestOf } from "./opening-request.ts";
import { type NodeHandler, requestHandler } from "./request-handler.ts";
import {
  secureOptions,
  type SocketServer,
  socketServer,
  type SocketServerOptions,
} from "./socket-server.ts";

/** What `serve` may be told. */
export interface ServeOptions extends SocketServerOptions {
  /** Answers ordinary requests. @defaultValue 426 to all of them */
  readonly fetch?: FetchHandler | undefined;
  /** Answers when `fetch` throws. @defaultValue 500, and a process warning with the stack */
  readonly error?: ErrorHandler | undefined;
  /**
   * Whether HTTP/2 is spoken, on which browsers open WebSockets by extended CONNECT (RFC 8441); or how: what `http2.createServer` takes. With `tls`, those who
   * choose HTTP/1.1 are served on the same port; without, HTTP/2 alone is spoken, to clients that know so.
   * @defaultValue false: a TCP connection for each socket has its own flow control and its own losses
   */
  readonly http2?: boolean | ServerOptions | undefined;
}

/**
 * Serves HTTP and WebSockets on one port: `fetch` answers ordinary requests with a `Response`, `websocket` handles the sockets.
 *
 * `server.ready` tells when it listens, or why it cannot.
 * @throws {UsageError} for an option that is not known or out of range.
 */
export type Serve = (options: ServeOptions) => SocketServer;

/** `serve`, on the `node:http` of a runtime. */
export const serveOn =
  (layer: NodeLayer): Serve =>
  (options) => {
    const { http, https } = layer;
    const { fetch, error, http2 = false, ...rest } = options;
    return socketServer(layer, rest, (reception) => {
      const handle = requestHandler(layer, fetch, error);
      const limits = {
        ...(rest.maxHeadSize === undefined ? {} : { maxHeaderSize: rest.maxHeadSize }),
        ...headTimes(rest),
      };
      const onUpgrade = (server: net.Server): void => {
        server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
          if (asksForWebSocket(request))
            reception.receiveRequest(
              socket,
              rest.tls !== undefined,
              openingRequestOf(request, rest.tls !== undefined),
              head,
            );
          else answerAsOrdinary(layer, request, socket, handle, reception, head);
        });
      };
      if (http2 !== false)
        return listenHttp2(layer, rest, http2 === true ? {} : http2, reception, handle, onUpgrade);
      const server =
        rest.tls === undefined
          ? http.createServer(limits, handle)
          : https.createServer({ ...limits, ...secureOptions(rest) }, handle);
      onUpgrade(server);
      return listenOn(layer, server, rest);
    });
  };

const asksForWebSocket = ({ headers: { upgrade = "" } }: IncomingMessage): boolean =>
  upgrade.split(",").some((protocol) => /^\s*websocket\s*$/i.test(protocol));

/**
 * A server may ignore an offer to speak something else, such as HTTP/2 in the clear (RFC 9110 §7.8), but `node:http` has let go of the
 * socket by now: the answer is its last. A request with a body, which it would not read, is refused.
 */
function answerAsOrdinary(
  { http }: NodeLayer,
  request: IncomingMessage,
  socket: Duplex,
  handle: NodeHandler,
  reception: Reception,
  head: Buffer,
): void {
  const { headers } = request;
  const hasBody =
    headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (hasBody)
    return reception.receiveRequest(socket, false, openingRequestOf(request, false), head);
  const response = new http.ServerResponse(request);
  response.shouldKeepAlive = false;
  socket.on("error", () => {
    socket.destroy();
  });
  response.assignSocket(socket as IncomingMessage["socket"]);
  response.on("finish", () => {
    socket.end();
  });
  socket.resume();
  handle(request, response);
}
