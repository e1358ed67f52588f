import { listenOn } from "./listener.ts";
import type { NodeModules } from "../node-modules.ts";
import {
  checkedOptions,
  secureOptions,
  type SocketServer,
  socketServer,
  type SocketServerOptions,
} from "./socket-server.ts";

/** What `listen` may be told. */
export interface ListenOptions<Context = unknown> extends SocketServerOptions<Context> {}

/**
 * Serves WebSockets and nothing else, on sockets of its own: what is no opening is refused in HTTP. It opens a connection with less work
 * than `serve`, and holds an idle one in less memory, since no HTTP server stands between.
 *
 * `server.ready` tells when it listens, or why it cannot.
 * @throws {UsageError} for an option that is not known or out of range.
 */
export type Listen = <Context = undefined>(
  options: ListenOptions<Context>,
) => SocketServer<Context>;

/** `listen`, on the `node:net` of a runtime. */
export const netListen = (layer: NodeModules): Listen =>
  ((given: ListenOptions) => {
    const { net, tls } = layer;
    const options = checkedOptions("listen", given);
    return socketServer(layer, options, (acceptor) => {
      const shared = { allowHalfOpen: true, noDelay: true };
      if (options.tls === undefined) {
        return listenOn(
          layer,
          net.createServer(shared, (socket) => {
            acceptor.receive(socket, false);
          }),
          options,
        );
      }
      const secure = tls.createServer({ ...shared, ...secureOptions(options) });
      // Node ends a handshake that fails, but one that takes too long it only tells of.
      secure.on("tlsClientError", (_, socket) => {
        socket.destroy();
      });
      secure.on("secureConnection", (socket) => {
        acceptor.receive(socket, true);
      });
      return listenOn(layer, secure, options);
    });
  }) as Listen;
