import { asksByConnect } from "../http2/request.ts";
import type { RequestLike } from "./opening-request.ts";

/**
 * Returns whether a request is for a WebSocket: `GET`, with `Upgrade: websocket` and `upgrade` among the options of `Connection`; by HTTP/2,
 * `CONNECT` with `:protocol` `websocket`.
 * The acceptor checks the rest of it.
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
 * Returns whether a client connected by TLS, to this process or to a proxy before it. It believes `X-Forwarded-Proto` and
 * similar fields, which any client can send: use it for nothing but the form of a URL.
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
