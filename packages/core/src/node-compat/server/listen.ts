import { listenOn } from "./listener.ts";
import type { NodeModules } from "../node-modules.ts";
import {
  checkedOptions,
  secureOptions,
  type SocketServer,
  socketServer,
  type SocketServerOptions,
} from "./socket-server.ts";

/** The options of `listen`. */
export interface ListenOptions<Context = unknown> extends SocketServerOptions<Context> {}

/**
 * Serves WebSockets only, on sockets of its own; it refuses other requests in HTTP. It opens a connection with less work
 * than `serve`, and holds an idle one in less memory, without an HTTP server between.
 *
 * `server.ready` resolves when it listens, or rejects with the error.
 * @throws {UsageError} for an unknown option or one out of range.
 */
export type Listen = <Context = undefined>(
  options: ListenOptions<Context>,
) => SocketServer<Context>;

/** Makes `listen` on the `node:net` of a runtime. */
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
      // Node ends a handshake that fails, but only reports one that takes too long.
      secure.on("tlsClientError", (_, socket) => {
        socket.destroy();
      });
      secure.on("secureConnection", (socket) => {
        acceptor.receive(socket, true);
      });
      return listenOn(layer, secure, options);
    });
  }) as Listen;
