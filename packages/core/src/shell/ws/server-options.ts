import type { Buffer } from "node:buffer";
import type { EventEmitter } from "node:events";
import type { IncomingMessage, OutgoingHttpHeaders, Server as HttpServer } from "node:http";
import type { Duplex } from "node:stream";
import type { Origins } from "../../opening.ts";
import { limitsOf, type SocketOptions } from "./options.ts";
import type { PerMessageDeflate, PerMessageDeflateOptions } from "./parts/permessage-deflate.ts";

/** The part of a server's `WebSocket` that the opening handshake fills in. */
export interface AcceptedSocket extends EventEmitter {
  _protocol: string;
  _extensions: Record<string, PerMessageDeflate>;
  setSocket(socket: Duplex, head: Buffer): void;
}

/** The argument of `verifyClient`: the origin, the security and the request of a client. */
export interface ClientInfo {
  readonly origin: string;
  readonly secure: boolean;
  readonly req: IncomingMessage;
}

/** Answers for `verifyClient`, at once or later. */
export type Verified = (
  result: boolean,
  status?: number,
  message?: string,
  headers?: OutgoingHttpHeaders,
) => void;

/** The options of `ws` 8.23, with its defaults, and ours. */
export interface ServerOptions extends SocketOptions {
  readonly host?: string | null | undefined;
  readonly port?: number | null | undefined;
  readonly backlog?: number | null | undefined;
  readonly server?: HttpServer | null | undefined;
  readonly noServer?: boolean | undefined;
  readonly path?: string | null | undefined;
  readonly verifyClient?: ((info: ClientInfo, callback: Verified) => unknown) | null | undefined;
  readonly handleProtocols?:
    ((protocols: Set<string>, request: IncomingMessage) => string | false) | null | undefined;
  /** @defaultValue true */
  readonly clientTracking?: boolean | undefined;
  /** @defaultValue false: as in ws */
  readonly perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  readonly WebSocket?:
    | (new (address: null, protocols: undefined, options: ServerOptions) => AcceptedSocket)
    | undefined;
  /** Ours: the origins whose pages may connect. @defaultValue all, as in ws; with `secure` the same origin */
  readonly origins?: Origins | undefined;
}

/** Returns `options` with the defaults of ws. Options that are `undefined` stay so, as in ws. */
export function withDefaults(
  options: ServerOptions | undefined,
  WebSocket: ServerOptions["WebSocket"],
): ServerOptions {
  const { perMessageDeflate = false } = options ?? {};
  return {
    allowSynchronousEvents: true,
    autoPong: true,
    maxBufferedChunks: 256 * 1024,
    ...limitsOf(options ?? {}),
    skipUTF8Validation: false,
    handleProtocols: null,
    clientTracking: true,
    verifyClient: null,
    noServer: false,
    backlog: null,
    server: null,
    host: null,
    path: null,
    port: null,
    WebSocket,
    ...options,
    perMessageDeflate: perMessageDeflate === true ? {} : perMessageDeflate,
  };
}

/** Checks the source of connections. @throws {TypeError} unless exactly one is given. */
export function checkPlace({ port, server, noServer }: ServerOptions): void {
  const given = [port !== null && port !== undefined, Boolean(server), Boolean(noServer)];
  if (given.filter(Boolean).length !== 1) {
    throw new TypeError(
      'One and only one of the "port", "server", or "noServer" options must be specified',
    );
  }
}
