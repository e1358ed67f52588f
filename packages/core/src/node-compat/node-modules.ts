import type http from "node:http";
import type http2 from "node:http2";
import type https from "node:https";
import type net from "node:net";
import type tls from "node:tls";
import type { Runtime } from "../shell/runtime/runtime.ts";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Answers a request of `node:http`. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Converts a `fetch` handler to one for `node:http`: `toNodeHandler` of srvx. */
export type ToNodeHandler = (
  fetch: (request: Request) => Promise<Response>,
  options: { readonly trustProxy: boolean },
) => NodeHandler;

/**
 * The modules and globals that Node, Deno and Bun share, of one of them. The shell does
 * no I/O of its own, so an adapter supplies them.
 */
export interface NodeModules {
  readonly runtime: Runtime;
  readonly http: Pick<typeof http, "createServer" | "ServerResponse">;
  readonly https: Pick<typeof https, "createServer">;
  /** Read at first use, so a getter may load it then. */
  readonly http2: Pick<typeof http2, "connect" | "createServer" | "createSecureServer">;
  readonly net: Pick<typeof net, "connect" | "createServer" | "isIP">;
  readonly tls: Pick<typeof tls, "connect" | "createServer">;
  /** Called for the first server with `fetch`: servers of WebSockets alone do not load it. */
  loadFetchBridge(): Promise<ToNodeHandler>;
  /** Calls back after all pending promises have run. */
  setImmediate(callback: () => void): unknown;
  emitWarning(text: string, type: string): void;
  /** Ways to listen that the runtime does not have and passes over in silence, with what to say of each. @defaultValue it has all */
  readonly lacks?: { readonly fd?: string | undefined; readonly reusePort?: string | undefined };
  /**
   * Whether this process may listen and connect: Node's permission model throws from `listen` where no caller can catch it.
   * @defaultValue it may, or gets an error
   */
  mayUseNetwork?(): boolean;
  /**
   * The error of an IP address on which this process may not listen: Deno throws it from `listen` where no caller can catch it.
   * @defaultValue none: it may, or gets an error
   */
  deniedAddress?(ip: string, port: number): Error | undefined;
}
