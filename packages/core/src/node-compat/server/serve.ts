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
import { UsageError } from "../../violation.ts";
import { requestHandler } from "./request-handler.ts";
import {
  checkedOptions,
  secureOptions,
  type SocketServer,
  socketServer,
  type SocketServerOptions,
} from "./socket-server.ts";

/** The options of `serve`. */
export interface ServeOptions<Context = unknown> extends SocketServerOptions<Context> {
  /** Answers ordinary requests. @defaultValue 426 to all of them */
  readonly fetch?: FetchHandler | undefined;
  /** Makes the response when `fetch` throws. @defaultValue 500, and a process warning with the stack */
  readonly error?: ErrorHandler | undefined;
  /**
   * Whether the server speaks HTTP/2, in which browsers open WebSockets by extended CONNECT (RFC 8441); or options of `http2.createServer`. With `tls`, it
   * serves clients of HTTP/1.1 on the same port; without, it speaks HTTP/2 alone, to clients with prior knowledge.
   * @defaultValue false: a TCP connection for each socket has its own flow control and its own losses
   */
  readonly http2?: boolean | ServerOptions | undefined;
}

/**
 * Serves HTTP and WebSockets on one port: `fetch` answers ordinary requests with a `Response`, `websocket` handles the sockets.
 *
 * `server.ready` resolves when it listens, or rejects with the error.
 * @throws {UsageError} for an unknown option or one out of range.
 */
export type Serve = <Context = undefined>(options: ServeOptions<Context>) => SocketServer<Context>;

/** Makes `serve` on the `node:http` of a runtime. */
export const serveOn = (layer: NodeModules): Serve =>
  ((options: ServeOptions) => {
    const { http, https } = layer;
    const { fetch, error, http2 = false, ...rest } = checkedOptions("serve", options);
    if (typeof http2 !== "boolean" && (typeof http2 !== "object" || (http2 as unknown) === null))
      throw new UsageError(
        `http2: expected a boolean, or options of http2.createServer, got ${typeof http2}`,
      );
    for (const [name, handler] of Object.entries({ fetch, error }))
      if (handler !== undefined && typeof handler !== "function")
        throw new UsageError(`${name}: expected a function, got ${typeof handler}`);
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
            const opening = openingRequestOf(request, rest.tls !== undefined, true);
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
