import type http from "node:http";
import type https from "node:https";
import type net from "node:net";
import type tls from "node:tls";
import type { Runtime } from "../runtime/runtime.ts";

/** The modules of a runtime, with Node's names, that the API of `ws` uses. An adapter brings them. */
export interface WsModules {
  readonly runtime: Runtime;
  readonly http: Pick<typeof http, "createServer" | "request" | "STATUS_CODES">;
  readonly https: Pick<typeof https, "request">;
  readonly net: Pick<typeof net, "connect" | "isIP">;
  readonly tls: Pick<typeof tls, "connect">;
  /** Calls `callback` once I/O that is due has been handled. */
  setImmediate(callback: () => void): unknown;
  /** Whether this process may listen, for runtimes whose `listen` does not say. @defaultValue it may, or gets an error */
  mayUseNetwork?(): boolean;
}

/** The key under which the prototypes of one runtime's classes keep its {@link WsModules}. */
export const MODULES: unique symbol = Symbol("modules");

/** The key under which the prototype of a server's class keeps its default class of `WebSocket`. */
export const DEFAULT_CLASS: unique symbol = Symbol("default class");
