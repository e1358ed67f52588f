import type http from "node:http";
import type https from "node:https";
import type net from "node:net";
import type tls from "node:tls";
import type { Runtime } from "../runtime/runtime.ts";

/** What the API of `ws` needs of a runtime: modules of Node's names, which an adapter brings. */
export interface WsModules {
  readonly runtime: Runtime;
  readonly http: Pick<typeof http, "createServer" | "request" | "STATUS_CODES">;
  readonly https: Pick<typeof https, "request">;
  readonly net: Pick<typeof net, "connect" | "isIP">;
  readonly tls: Pick<typeof tls, "connect">;
  /** Calls back once I/O that is due has been handled. */
  setImmediate(callback: () => void): unknown;
  /** Whether this process may listen, where only asking tells. @defaultValue it may, or is told by an error */
  mayUseNetwork?(): boolean;
}

/** Where the prototypes of one runtime's classes keep its {@link WsModules}. */
export const MODULES: unique symbol = Symbol("modules");

/** Where the prototype of a server's class keeps the class of `WebSocket` it makes, unless it is told another. */
export const DEFAULT_CLASS: unique symbol = Symbol("default class");
