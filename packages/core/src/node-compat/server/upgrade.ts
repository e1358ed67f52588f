import type { IncomingMessage } from "node:http";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { checkOptionNames } from "../../names.ts";
import { UsageError } from "../../violation.ts";
import { type BudgetOptions, sharedBudget } from "../../shell/server/budget.ts";
import type { Upgrader } from "../../shell/server/decision.ts";
import type { WithContext } from "../../shell/server/clients.ts";
import { acceptedSocket } from "../../shell/server/sockets.ts";
import { isHttp2Stream } from "../../shell/transport/http2.ts";
import type { Refusal } from "../../opening.ts";
import { type FetchResponse, rejectDuplex } from "../../shell/server/refusal.ts";
import { checkTopics, Desk } from "../../shell/topics/desk.ts";
import type { Topics } from "../../shell/topics/topics.ts";
import type { Runtime } from "../../shell/runtime/runtime.ts";
import { WebSocket } from "../../shell/websocket/websocket.ts";
import {
  readOptions,
  readProtocols,
  SOCKET_OPTIONS,
  type WebSocketOptions,
} from "../../shell/websocket/options.ts";
import { openingRequestOf, type RequestLike } from "./opening-request.ts";

/** The options of `upgrade`. */
export interface UpgradeOptions<Context = unknown> extends Omit<
  WebSocketOptions,
  "tls" | "ca" | "net" | "proxy"
> {
  /** The server's subprotocols: it chooses the first of the client's that is among them. @defaultValue none */
  readonly protocols?: string | readonly string[] | null | undefined;
  /**
   * Decides about the request, now or by a promise, as `websocket.upgrade` of `serve` does: nothing or `{ context, protocols, headers }` accepts,
   * `{ status }`, a `Response` or `false` refuses. The library owns the socket meanwhile: a client that leaves before the decision is only closed.
   * @defaultValue accepts every valid opening
   */
  readonly upgrade?: Upgrader<Context> | undefined;
  /** The socket's `context`. */
  readonly context?: Context;
  /**
   * Limits of all sockets together, as for `serve`: every `upgrade()` of the process with the same limits shares them.
   * @defaultValue `{ bufferedBytes: 33_554_432 }` (32 MiB): as for `serve`
   */
  readonly budget?: BudgetOptions | undefined;
  /** The topics to which the socket subscribes, of `topics()`. @defaultValue none */
  readonly topics?: Topics | undefined;
  /** Whether a socket may subscribe to a topic or pattern, as `websocket.subscribe` of `serve` decides. @defaultValue all of the application's, none of a client's own */
  readonly subscribe?: ((socket: WebSocket, topic: string) => unknown) | undefined;
}

/**
 * Makes a WebSocket from an `upgrade` event of `node:http`, for an existing HTTP server:
 *
 * ```js
 * server.on("upgrade", (request, socket, head) => { const ws = upgrade(request, socket, head); … });
 * ```
 *
 * Answers when the code now running has returned, so that listeners added at once see `open`. It refuses an invalid opening with 400 or 426,
 * and the WebSocket emits `error` and `close`. The
 * option `upgrade` decides about the request, at any later time. Code that awaits before it calls this owns the socket until then, which
 * needs an `error` listener as every socket does; bytes of the client meanwhile are not lost.
 *
 * It ignores `X-Forwarded-*` fields: `url` has `wss:` if this process speaks TLS.
 * @throws {UsageError} for a socket that has an owner already. @throws {Error} for an invalid option or header; then nothing has been written.
 */
export interface Upgrade {
  <Context = undefined>(
    request: RequestLike,
    socket: Duplex | null | undefined,
    head?: Uint8Array | null,
    options?: UpgradeOptions<Context>,
  ): WebSocket & WithContext<Context>;
  /**
   * Makes a WebSocket from a `stream` event of `node:http2` (RFC 8441), for a server with `settings: { enableConnectProtocol: true }`:
   *
   * ```js
   * server.on("stream", (stream, headers) => {
   *   if (headers[":method"] !== "CONNECT") return;
   *   const ws = upgrade(stream, headers); …
   * });
   * ```
   *
   * Where the server has a `request` listener too, it needs an empty one for `connect`, or Node answers those streams with 405.
   */
  <Context = undefined>(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    options?: UpgradeOptions<Context>,
  ): WebSocket & WithContext<Context>;
}

/** @throws {UsageError} for arguments that are not those of the event, or swapped. */
function checkArguments(request: unknown, socket: unknown, head: unknown): void {
  const isRequest = typeof request === "object" && request !== null && "headers" in request;
  const isSocket =
    socket === null ||
    socket === undefined ||
    typeof (socket as { write?: unknown }).write === "function";
  const isHead = head === null || head === undefined || head instanceof Uint8Array;
  if (isRequest && isSocket && isHead) return;
  throw new UsageError(
    'upgrade: expected (request, socket, head, options) as the event "upgrade" of node:http gives them, or (stream, headers, options) as "stream" of node:http2 does',
  );
}

const UPGRADE_OPTIONS = [
  ...SOCKET_OPTIONS,
  "protocols",
  "upgrade",
  "context",
  "budget",
  "topics",
  "subscribe",
].filter((name) => !["tls", "ca", "net", "proxy"].includes(name));

function checkUpgradeOptions(options: unknown): void {
  if (typeof options !== "object" || options === null)
    throw new UsageError(`upgrade: expected an object with options, got ${String(options)}`);
  checkOptionNames(options, UPGRADE_OPTIONS);
}

/** Makes `upgrade` on the timers and memory of a runtime. */
export function upgradeOn(runtime: Runtime): Upgrade {
  const accept = (
    request: RequestLike,
    duplex: Duplex | null | undefined,
    head: Uint8Array | null | undefined,
    options: UpgradeOptions,
  ): WebSocket => {
    checkArguments(request, duplex, head);
    checkUpgradeOptions(options);
    const { protocols, upgrade, context, topics, subscribe, budget, ...rest } = options;
    if (upgrade !== undefined && typeof upgrade !== "function")
      throw new UsageError(
        `upgrade: the option upgrade is a function that decides, got ${typeof upgrade}`,
      );
    const secure = isEncrypted(duplex);
    // Sockets without options of their own share one object with the defaults.
    const own = Object.keys(rest).length === 0 ? undefined : rest;
    return acceptedSocket({
      runtime,
      duplex,
      request: openingRequestOf(request, secure, true),
      secure,
      head,
      protocols: readProtocols(protocols),
      settings: readOptions(own, WebSocket.CLOSE_TIMEOUT, runtime),
      decide: upgrade,
      context,
      budget: sharedBudget(runtime, budget),
      desk: topics === undefined ? undefined : new Desk(checkTopics("upgrade", topics), subscribe),
      isModern: true,
      by: "upgrade()",
    });
  };
  return ((
    first: RequestLike | ServerHttp2Stream,
    second: Duplex | IncomingHttpHeaders | null | undefined,
    third?: Uint8Array | UpgradeOptions | null,
    fourth?: UpgradeOptions,
  ) =>
    typeof first === "object" && (first as unknown) !== null && isHttp2Stream(first)
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
 * Refuses an `upgrade` event of `node:http`, or a stream of `node:http2`, with any HTTP response, and ends the connection or the stream:
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

/** Makes `reject` on the timers and memory of a runtime. */
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
