import { acceptedFace, readOptions, readProtocols, WebSocket, type WebSocketOptions } from "@sansocket/core/shell";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { openingRequestOf, type RequestLike } from "./opening-request.ts";
import { nodeRuntime } from "./runtime.ts";

/** What {@link upgrade} may be told. */
export interface UpgradeOptions extends Omit<WebSocketOptions, "tls" | "ca" | "net" | "proxy"> {
  /** Subprotocols that are spoken: the first of the client's that is among them is chosen. @defaultValue none */
  readonly protocols?: string | readonly string[] | null | undefined;
}

/**
 * Makes a WebSocket of what Node's `upgrade` event gives, for an HTTP server that is there already:
 *
 * ```js
 * server.on("upgrade", (request, socket, head) => { const ws = upgrade(request, socket, head); … });
 * ```
 *
 * Answers in a microtask, so that listeners added at once see `open`. A request that is no proper opening is refused with 400 or 426,
 * and the WebSocket emits `error` and `close`. It may be called later, after asking a database say: what the client has sent
 * meanwhile is not lost. Until then the socket is the caller's, and needs an `error` listener as every socket does.
 *
 * No `X-Forwarded-*` field is believed: `url` says `wss:` if this process speaks TLS.
 * @throws {Error} for an option or header that is not accepted; then nothing has been written.
 */
export function upgrade(request: RequestLike, socket: Duplex | null | undefined, head?: Uint8Array | null, options: UpgradeOptions = {}): WebSocket {
  const { protocols, ...rest } = options;
  return acceptedFace({
    runtime: nodeRuntime,
    duplex: socket,
    request: openingRequestOf(request),
    secure: isEncrypted(socket),
    head,
    protocols: readProtocols(protocols),
    settings: readOptions(rest, WebSocket.CLOSE_TIMEOUT),
  });
}

/** Whether this process speaks TLS on `socket`. */
export function isEncrypted(socket: IncomingMessage["socket"] | Duplex | null | undefined): boolean {
  return Boolean((socket as { encrypted?: unknown } | null | undefined)?.encrypted);
}
