import type { IncomingMessage, ServerResponse } from "node:http";
import type {
  Http2SecureServer,
  Http2Server,
  Http2ServerRequest,
  Http2ServerResponse,
  ServerOptions,
} from "node:http2";
import type net from "node:net";
import type { Duplex } from "node:stream";
import { DEFAULT_OPTIONS } from "../../options.ts";
import type { Acceptor } from "../../shell/server/acceptor.ts";
import type { Listener } from "../../shell/server/server.ts";
import { headTimes } from "../server/head-times.ts";
import { connectRequestOf } from "./request.ts";
import { ServerSessions } from "./sessions.ts";
import { listenOn } from "../server/listener.ts";
import type { NodeHandler, NodeModules } from "../node-modules.ts";
import { secureOptions, type SocketServerOptions } from "../server/socket-server.ts";

/** The number of pseudo-header fields, which do not count for the limit. */
const PSEUDO = 5;
const NONE = new Uint8Array(0);

/**
 * Makes a server of HTTP/2 whose clients open WebSockets by extended CONNECT (RFC 8441). With TLS, it serves clients of HTTP/1.1 on the
 * same port (ALPN); without it, it speaks HTTP/2 alone, to clients with prior knowledge.
 */
export function listenHttp2(
  layer: NodeModules,
  options: SocketServerOptions,
  given: ServerOptions,
  acceptor: Acceptor,
  handle: NodeHandler,
  onUpgrade: (server: net.Server) => void,
): Listener {
  const {
    tls,
    maxHeadSize = DEFAULT_OPTIONS.maxHeadSize,
    maxHeaderCount = DEFAULT_OPTIONS.maxHeaderCount,
    handshakeTimeout = DEFAULT_OPTIONS.handshakeTimeout,
  } = options;
  const settings = {
    maxHeaderListSize: maxHeadSize,
    ...given.settings,
    enableConnectProtocol: true,
  };
  const own = { maxHeaderListPairs: maxHeaderCount + PSEUDO, ...given, settings };
  const secure = tls !== undefined;
  const server: Http2Server | Http2SecureServer = secure
    ? layer.http2.createSecureServer({
        ...({ maxHeaderSize: maxHeadSize } as object),
        ...own,
        ...secureOptions(options),
        allowHTTP1: true,
      })
    : layer.http2.createServer(own);
  const sessions = new ServerSessions(layer.runtime, handshakeTimeout);
  server.on("session", (session) => {
    sessions.add(session);
  });
  server.on("request", (request: Http2ServerRequest, response: Http2ServerResponse) => {
    handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  server.on("connect", receiveConnect(acceptor, secure));
  if (secure) onUpgrade(Object.assign(server, headTimes(options)));
  const listener = listenOn(layer, server, options);
  return {
    ...listener,
    close: () => {
      const closed = listener.close();
      sessions.close();
      return closed;
    },
  };
}

/** Passes CONNECT requests for WebSockets to the acceptor; the server is no proxy. */
const receiveConnect =
  (acceptor: Acceptor, secure: boolean) =>
  (request: Http2ServerRequest | IncomingMessage, socket: Http2ServerResponse | Duplex): void => {
    if (!("stream" in request)) return void (socket as Duplex).destroy();
    const { headers, stream } = request;
    if (headers[":protocol"] === undefined) {
      return void (socket as Http2ServerResponse).writeHead(405).end();
    }
    acceptor.receiveRequest(stream, secure, connectRequestOf(headers, secure), NONE);
  };
