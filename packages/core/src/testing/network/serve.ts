import type { Serve, ServeOptions } from "../../node-compat/server/serve.ts";
import type { NodeModules } from "../../node-compat/node-modules.ts";
import { requestedAddress } from "../../node-compat/server/listener.ts";
import { checkedOptions, socketServer } from "../../node-compat/server/socket-server.ts";
import {
  type ErrorHandler,
  type FetchHandler,
  guardedFetch,
} from "../../node-compat/server/fetch-bridge.ts";
import type { Address } from "../../shell/server/server.ts";
import type { Runtime } from "../../shell/runtime/runtime.ts";
import { UsageError } from "../../violation.ts";
import type { Clock } from "./clock.ts";
import type { LinkEnd } from "./link-end.ts";
import type { Host, Wires } from "./wires.ts";

type Layer = Pick<NodeModules, "runtime" | "emitWarning">;

/** `serve` and `listen`, on the wires of a network. */
export function serveOver(door: "serve" | "listen", layer: Layer, wires: Wires): Serve {
  return ((given: ServeOptions) => {
    const { fetch, error, http2: _http2, ...options } = checkedOptions(door, given);
    if (options.unix !== undefined)
      throw new UsageError("unix: the network of a test has ports only");
    const { hostname, port: asked } = requestedAddress(options);
    const answer = answering(layer, fetch, error);
    return socketServer(layer, options, (acceptor) => {
      const open = new Set<LinkEnd>();
      let emptied = (): void => {};
      let port = asked;
      const start = async (): Promise<Address> => {
        port = wires.listen(asked, {
          secure: options.tls !== undefined,
          receive: (end, secure) => {
            open.add(end);
            end.onLeft = () => {
              open.delete(end);
              if (open.size === 0) emptied();
            };
            acceptor.receive(end, secure);
          },
          answer,
        });
        return await Promise.resolve({ hostname, port });
      };
      return {
        listening: start(),
        close: async () => {
          wires.leave(port);
          if (open.size > 0) await new Promise<void>((resolve) => (emptied = resolve));
        },
        destroy: () => {
          for (const end of open) end.destroy();
        },
      };
    });
  }) as Serve;
}

function answering(
  layer: Layer,
  fetch: FetchHandler | undefined,
  error: ErrorHandler | undefined,
): Host["answer"] {
  if (fetch !== undefined) return guardedFetch(layer, fetch, error);
  return () => Promise.resolve(new Response("Upgrade Required\n", { status: 426 }));
}

/** @throws {UsageError} always */
const refuse = (): never => {
  throw new UsageError(
    "The network of a test carries plain connections: it has no HTTP/2, no proxies and no sockets of other makes",
  );
};

/** The replacement for a runtime's modules. */
export function modulesOf(runtime: Runtime, clock: Clock): NodeModules {
  const server = { createServer: refuse };
  return {
    runtime,
    http: { ...server, ServerResponse: refuse },
    https: server,
    http2: { ...server, connect: refuse, createSecureServer: refuse },
    net: { ...server, connect: refuse, isIP: () => 0 },
    tls: { ...server, connect: refuse },
    loadFetchBridge: refuse,
    setImmediate: clock.afterPromises,
    emitWarning: (text: string) => {
      clock.fail(new Error(text));
    },
  } as unknown as NodeModules;
}
