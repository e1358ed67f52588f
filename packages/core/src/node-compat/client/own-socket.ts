import type { Duplex } from "node:stream";
import { UsageError } from "../../violation.ts";
import { takeConnection } from "../../shell/transport/ownership.ts";
import { pendingConnector, type ConnectOutcome } from "../../shell/transport/pending.ts";
import {
  bindTransport,
  type Connector,
  type TransportSource,
} from "../../shell/transport/connector.ts";
import { type SocketOptions, hostOf, portOf, secureOver } from "./connect-socket.ts";
import type { NodeModules } from "../node-modules.ts";

/** The server of a client: the argument of `createConnection` in `node:http`. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  /** The path of a Unix socket, for `ws+unix:`. */
  readonly path?: string | undefined;
  /** `"wss:"` asks for TLS. */
  readonly protocol: "ws:" | "wss:";
  readonly [option: string]: unknown;
}

/**
 * Makes a client's connection: returns a stream, or a promise of one, or calls back with one. It may still be connecting. Over an
 * unencrypted one, `wss:` speaks TLS.
 */
export type CreateConnection = (
  target: ConnectionTarget,
  callback: (error: Error | null, socket?: Duplex) => void,
) => Duplex | PromiseLike<Duplex> | null | undefined | void;

type Layer = Pick<NodeModules, "net" | "tls" | "runtime">;

/** The caller's connection, with TLS added where the URL needs it. It may be paused. */
export function useSocket(
  layer: Layer,
  socket: Duplex,
  url: URL,
  options: SocketOptions,
  option = "socket",
): TransportSource {
  if (socket.destroyed)
    return gone(
      layer,
      socket.errored ?? new Error("The connection that was given is closed already"),
    );
  takeConnection(socket, option);
  if (url.protocol === "wss:" && (socket as { encrypted?: unknown }).encrypted !== true)
    return secureOver(layer, socket, url, options);
  return {
    destroyed: false,
    bind: (listener) => {
      const transport = bindTransport(socket, listener);
      transport.resume();
      return transport;
    },
  };
}

/** The error for a connection that was gone before its use. */
const gone = ({ runtime }: Layer, cause: unknown): Connector =>
  pendingConnector(runtime, (outcome) => {
    runtime.queueMicrotask(() => {
      outcome.failed(cause);
    });
    return () => {};
  });

/** Calls the application's function that makes the connection. Written bytes wait for it. */
export function useCreateConnection(
  layer: Layer,
  create: CreateConnection,
  url: URL,
  options: SocketOptions,
): Connector {
  const secure = url.protocol === "wss:";
  const { net } = options;
  const target: ConnectionTarget = {
    ...net,
    ...(secure ? options.tls : {}),
    ...(secure ? { servername: options.tls?.servername ?? hostOf(url) } : {}),
    host: net?.host ?? hostOf(url),
    port: net?.port ?? portOf(url),
    path: net?.path,
    protocol: secure ? "wss:" : "ws:",
  };
  return pendingConnector(
    layer.runtime,
    (outcome) => {
      let over = false;
      const once = (act: (outcome: ConnectOutcome) => void): void => {
        // Never from within: `create` may call back at once.
        layer.runtime.queueMicrotask(() => {
          if (over) return;
          over = true;
          act(outcome);
        });
      };
      const made = (socket: unknown): void => {
        once(() => {
          deliver(layer, socket, url, options, outcome);
        });
      };
      const failed = (error: unknown): void => {
        once(() => {
          outcome.failed(error);
        });
      };
      try {
        const result: unknown = create(target, (error, socket) => {
          if (error) failed(error);
          else made(socket);
        });
        if (typeof (result as PromiseLike<Duplex> | undefined)?.then === "function")
          (result as PromiseLike<Duplex>).then(made, failed);
        else if (result !== undefined && result !== null) made(result);
      } catch (error) {
        failed(error);
      }
      return () => {};
    },
    "createConnection has made no connection yet",
  );
}

function deliver(
  layer: Layer,
  socket: unknown,
  url: URL,
  options: SocketOptions,
  outcome: ConnectOutcome,
): void {
  if (!isStream(socket))
    return outcome.failed(
      new UsageError(`createConnection: expected a stream, got ${String(socket)}`),
    );
  let source: TransportSource;
  try {
    source = useSocket(layer, socket, url, options, "createConnection");
  } catch (error) {
    return outcome.failed(error);
  }
  outcome.ready(source);
}

/** Returns whether a value is a stream that can carry a connection. */
export function isStream(value: unknown): value is Duplex {
  const { on, write, pause } = (value ?? {}) as Partial<Duplex>;
  return typeof on === "function" && typeof write === "function" && typeof pause === "function";
}
