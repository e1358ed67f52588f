import type http from "node:http";
import type http2 from "node:http2";
import type https from "node:https";
import type net from "node:net";
import type tls from "node:tls";
import type { Runtime } from "../shell/runtime/runtime.ts";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Answers a request of `node:http`. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Makes a `fetch` handler answer for `node:http`: what srvx calls `toNodeHandler`. */
export type ToNodeHandler = (
  fetch: (request: Request) => Promise<Response>,
  options: { readonly trustProxy: boolean },
) => NodeHandler;

/**
 * What Node, Deno and Bun have in common, as one of them has it: its modules, and its globals of the same names. The shell does
 * no I/O of its own, so an adapter brings them.
 */
export interface NodeModules {
  readonly runtime: Runtime;
  readonly http: Pick<typeof http, "createServer" | "ServerResponse">;
  readonly https: Pick<typeof https, "createServer">;
  /** Read when it is asked for, so it may be loaded then. */
  readonly http2: Pick<typeof http2, "connect" | "createServer" | "createSecureServer">;
  readonly net: Pick<typeof net, "connect" | "createServer" | "isIP">;
  readonly tls: Pick<typeof tls, "connect" | "createServer">;
  /** Called once a server is given `fetch`, and not before: those who want WebSockets only should not pay for it. */
  loadFetchBridge(): Promise<ToNodeHandler>;
  /** Calls back once the code that awaits something has had its turn. */
  setImmediate(callback: () => void): unknown;
  emitWarning(text: string, type: string): void;
  /**
   * Whether this process may listen and connect, where only asking tells: Node's permission model throws from `listen` where nobody can catch it.
   * @defaultValue it may, or is told by an error
   */
  mayUseNetwork?(): boolean;
}
