import { asksByConnect } from "../http2/request.ts";
import type { RequestLike } from "./opening-request.ts";

/**
 * Tells whether a request asks for a WebSocket: `GET`, with `Upgrade: websocket` and `upgrade` among the options of `Connection`; by HTTP/2,
 * `CONNECT` with `:protocol` `websocket`.
 * Whether it asks properly is found when it is answered.
 */
export function isWebSocket(request: RequestLike): boolean {
  const { connection = "", upgrade = "" } = request.headers;
  if (":method" in request.headers) return asksByConnect(request.headers);
  return (
    request.method === "GET" &&
    connection
      .toLowerCase()
      .split(",")
      .some((option) => option.trim() === "upgrade") &&
    upgrade.toLowerCase() === "websocket"
  );
}

/**
 * Tells whether a client connected by TLS, to this process or to a proxy before it. What a proxy says (`X-Forwarded-Proto` and its
 * kin) is believed, and anyone can say it: let it decide nothing but what a URL looks like.
 */
export function isSecureRequest(request: RequestLike): boolean {
  const { headers } = request;
  const socket = request.socket as { authorized?: unknown; secure?: unknown } | undefined;
  if (socket !== undefined && (socket.authorized !== undefined || Boolean(socket.secure)))
    return true;
  return (
    headers["https"] === "on" ||
    headers["x-forwarded-ssl"] === "on" ||
    headers["x-forwarded-scheme"] === "https" ||
    headers["x-forwarded-proto"] === "https"
  );
}
