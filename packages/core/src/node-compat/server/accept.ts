import { type BudgetOptions, sharedBudget } from "../../shell/server/budget.ts";
import type { Upgrader } from "../../shell/server/decision.ts";
import { hold } from "../../shell/websocket/opened.ts";
import type { TransportListener } from "../../shell/transport/transport.ts";
import type { WebSocket } from "../../shell/websocket/websocket.ts";
import type { Connector } from "../../shell/transport/connector.ts";
import { checkOptionNames } from "../../names.ts";
import type { NodeModules } from "../node-modules.ts";
import { ACCEPTOR_OPTIONS, acceptorFor, type AcceptorSettings } from "./socket-server.ts";

/** The options of `accept`: those of a server, without the ones of listening. */
export interface AcceptOptions extends Omit<AcceptorSettings, "websocket" | "budget"> {
  /** Limits of all connections together: every `accept()` of the process with the same limits shares them. @defaultValue 32 MiB of output that waits */
  readonly budget?: BudgetOptions | undefined;
  /** Decides about the opening request, as a server's `websocket.upgrade` does. */
  readonly upgrade?: Upgrader | undefined;
}

/** Opens a WebSocket on one connection, from its first byte. Rejects where none opened, with the transport's error as `cause` if there is one. */
export async function acceptConnection(
  layer: Pick<NodeModules, "runtime" | "emitWarning" | "setImmediate">,
  carrier: Connector,
  secure: boolean,
  options: AcceptOptions,
): Promise<WebSocket> {
  checkOptionNames(options, [
    ...ACCEPTOR_OPTIONS.filter((name) => name !== "websocket"),
    "upgrade",
  ]);
  const { upgrade, ...settings } = options;
  return await new Promise((resolve, reject) => {
    const open = (socket: WebSocket): void => {
      hold(socket, layer.setImmediate);
      resolve(socket);
    };
    const { acceptor } = acceptorFor(layer, {
      ...settings,
      budget: sharedBudget(layer.runtime, settings.budget),
      websocket: { open, ...(upgrade === undefined ? {} : { upgrade }) },
    });
    const gone = (cause?: unknown): void => {
      reject(
        new Error(
          "The connection ended before a WebSocket was opened on it.",
          cause === undefined ? undefined : { cause },
        ),
      );
    };
    if (carrier.destroyed) return gone();
    acceptor.receive(
      { destroyed: false, bind: (listener) => carrier.bind(telling(listener, gone)) },
      secure,
    );
  });
}

/** Wraps `listener` to notice the end. */
function telling(listener: TransportListener, gone: (cause: unknown) => void): TransportListener {
  return {
    onData: (bytes) => {
      listener.onData(bytes);
    },
    onEnd: () => {
      listener.onEnd();
    },
    onProgress: () => {
      listener.onProgress?.();
    },
    onDrain: () => {
      listener.onDrain();
    },
    onGone: (cause) => {
      listener.onGone(cause);
      gone(cause);
    },
  };
}
