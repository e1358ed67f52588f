import type { IncomingMessage } from "node:http";
import type { ServerOptions } from "node:http2";
import type net from "node:net";
import type { Duplex } from "node:stream";
import type { ErrorHandler, FetchHandler } from "./fetch-bridge.ts";
import { AnswerLine, answerAsOrdinary, asksForWebSocket } from "./ordinary.ts";
import { headTimes } from "./head-times.ts";
import { listenHttp2 } from "../http2/server.ts";
import { listenOn } from "./listener.ts";
import type { NodeModules } from "../node-modules.ts";
import { openingRequestOf } from "./opening-request.ts";
import { requestHandler } from "./request-handler.ts";
import {
  checkedOptions,
  secureOptions,
  type SocketServer,
  socketServer,
  type SocketServerOptions,
} from "./socket-server.ts";

/** What `serve` may be told. */
export interface ServeOptions<Context = unknown> extends SocketServerOptions<Context> {
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
export type Serve = <Context = undefined>(options: ServeOptions<Context>) => SocketServer<Context>;

/** `serve`, on the `node:http` of a runtime. */
export const serveOn = (layer: NodeModules): Serve =>
  ((options: ServeOptions) => {
    const { http, https } = layer;
    const { fetch, error, http2 = false, ...rest } = checkedOptions("serve", options);
    return socketServer(layer, rest, (acceptor) => {
      const handle = requestHandler(layer, fetch, error);
      const limits = {
        ...(rest.maxHeadSize === undefined ? {} : { maxHeaderSize: rest.maxHeadSize }),
        ...headTimes(rest),
      };
      const line = new AnswerLine(handle);
      const onUpgrade = (server: net.Server): void => {
        server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
          line.behind(socket, () => {
            if (!asksForWebSocket(request))
              return answerAsOrdinary(layer, request, socket, handle, head);
            const opening = openingRequestOf(request, rest.tls !== undefined);
            return acceptor.receiveRequest(socket, rest.tls !== undefined, opening, head);
          });
        });
      };
      if (http2 !== false)
        return listenHttp2(
          layer,
          rest,
          http2 === true ? {} : http2,
          acceptor,
          line.handle,
          onUpgrade,
        );
      const server =
        rest.tls === undefined
          ? http.createServer(limits, line.handle)
          : https.createServer({ ...limits, ...secureOptions(rest) }, line.handle);
      onUpgrade(server);
      return listenOn(layer, server, rest);
    });
  }) as Serve;
