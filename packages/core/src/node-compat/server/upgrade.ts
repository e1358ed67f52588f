import type { IncomingMessage } from "node:http";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { acceptedFace } from "../../shell/server/sockets.ts";
import { isHttp2Stream } from "../../shell/transport/http2.ts";
import type { Refusal } from "../../opening.ts";
import { type FetchResponse, rejectDuplex } from "../../shell/server/refusal.ts";
import type { Runtime } from "../../shell/runtime/runtime.ts";
import { WebSocket } from "../../shell/websocket/websocket.ts";
import {
  readOptions,
  readProtocols,
  type WebSocketOptions,
} from "../../shell/websocket/options.ts";
import { openingRequestOf, type RequestLike } from "./opening-request.ts";

/** What `upgrade` may be told. */
export interface UpgradeOptions extends Omit<WebSocketOptions, "tls" | "ca" | "net" | "proxy"> {
  /** Subprotocols that are spoken: the first of the client's that is among them is chosen. @defaultValue none */
  readonly protocols?: string | readonly string[] | null | undefined;
}

/**
 * Makes a WebSocket of what the `upgrade` event of `node:http` gives, for an HTTP server that is there already:
 *
 * ```js
 * server.on("upgrade", (request, socket, head) => { const ws = upgrade(request, socket, head); … });
 * ```
 *
 * Answers when the code now running has returned, so that listeners added at once see `open`. A request that is no proper opening is refused with 400 or 426,
 * and the WebSocket emits `error` and `close`. It may be called later, after asking a database say: what the client has sent
 * meanwhile is not lost. Until then the socket is the caller's, and needs an `error` listener as every socket does.
 *
 * No `X-Forwarded-*` field is believed: `url` says `wss:` if this process speaks TLS.
 * @throws {Error} for an option or header that is not accepted; then nothing has been written.
 */
export interface Upgrade {
  (
    request: RequestLike,
    socket: Duplex | null | undefined,
    head?: Uint8Array | null,
    options?: UpgradeOptions,
  ): WebSocket;
  /**
   * Makes a WebSocket of what the `stream` event of `node:http2` gives (RFC 8441), for a server with `settings: { enableConnectProtocol: true }`:
   *
   * ```js
   * server.on("stream", (stream, headers) => {
   *   if (headers[":method"] !== "CONNECT") return;
   *   const ws = upgrade(stream, headers); …
   * });
   * ```
   *
   * Where the server has a `request` listener too, it wants an empty one for `connect`, or Node answers those streams with 405.
   */
  (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, options?: UpgradeOptions): WebSocket;
}

/** `upgrade`, on the timers and memory of a runtime. */
export function upgradeOn(runtime: Runtime): Upgrade {
  const accept = (
    request: RequestLike,
    duplex: Duplex | null | undefined,
    head: Uint8Array | null | undefined,
    options: UpgradeOptions,
  ): WebSocket => {
    const { protocols, ...rest } = options;
    const secure = isEncrypted(duplex);
    return acceptedFace({
      runtime,
      duplex,
      request: openingRequestOf(request, secure),
      secure,
      head,
      protocols: readProtocols(protocols),
      settings: readOptions(rest, WebSocket.CLOSE_TIMEOUT, runtime),
    });
  };
  return ((
    first: RequestLike | ServerHttp2Stream,
    second: Duplex | IncomingHttpHeaders | null | undefined,
    third?: Uint8Array | UpgradeOptions | null,
    fourth?: UpgradeOptions,
  ) =>
    isHttp2Stream(first)
      ? accept(
          { method: undefined, url: undefined, headers: second as IncomingHttpHeaders },
          first as ServerHttp2Stream,
          undefined,
          (third ?? {}) as UpgradeOptions,
        )
      : accept(
          first as RequestLike,
          second as Duplex,
          third as Uint8Array,
          fourth ?? {},
        )) as Upgrade;
}

/**
 * Refuses what the `upgrade` event of `node:http` gives, or a stream of `node:http2`, with any HTTP response, and ends the connection or the stream:
 *
 * ```js
 * server.on("upgrade", async (request, socket, head) => {
 *   socket.on("error", () => {});
 *   const user = await userOf(request.headers.cookie);
 *   if (user === undefined) return reject(socket, { status: 401, headers: { "WWW-Authenticate": "Bearer" }, body: "Who are you?" });
 *   const ws = upgrade(request, socket, head); …
 * });
 * ```
 *
 * `answer` may be a fetch `Response`, too. A socket that is gone is left alone.
 * @throws {UsageError} for a response that cannot be sent; then nothing has been written.
 */
export type Reject = (socket: Duplex | null | undefined, answer: Refusal | FetchResponse) => void;

/** `reject`, on the timers and memory of a runtime. */
export const rejectOn =
  (runtime: Runtime): Reject =>
  (socket, answer) => {
    rejectDuplex(runtime, socket, answer);
  };

/** Whether this process speaks TLS on `socket`. */
function isEncrypted(socket: IncomingMessage["socket"] | Duplex | null | undefined): boolean {
  const { encrypted, session } = (socket ?? {}) as {
    encrypted?: unknown;
    session?: { encrypted?: unknown } | null;
  };
  return Boolean(encrypted ?? session?.encrypted);
}
