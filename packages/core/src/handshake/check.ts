import { hasToken, isVisibleAscii } from "../http/tokens.ts";
import type { HeaderFields, OpeningRequest } from "../opening.ts";
import { isOpeningKey } from "./accept-key.ts";
import { type HandshakeProblem, handshakeProblem } from "./problem.ts";
import { versions } from "./versions.ts";

/**
 * Returns the problem with the opening request `request` (RFC 6455 §4.2.1), with the texts of faye-websocket where it
 * has one; `undefined` if there is none. A repeated field reads as a list, and so fails where the RFC allows one
 * value.
 */
export function checkOpening(request: OpeningRequest): HandshakeProblem | undefined {
  const { method, headers, httpVersion } = request;
  if (
    method !== "GET" ||
    !hasToken(headers.get("upgrade"), "websocket") ||
    !hasToken(headers.get("connection"), "upgrade")
  ) {
    return handshakeProblem("Not a WebSocket request");
  }
  const body = bodyProblem(headers);
  if (body !== undefined) return body;
  // Our own head parser passes nothing older than HTTP/1.1; other servers' do.
  if (httpVersion === "1.0" || httpVersion === "0.9")
    return handshakeProblem(`Unsupported HTTP version: ${httpVersion}`, 505);
  const host = headers.get("host");
  const version = headers.get("sec-websocket-version");
  const key = headers.get("sec-websocket-key");
  if (host === undefined) return missing("Host");
  if (!isVisibleAscii(host)) return invalid("Host");
  if (version === undefined) return missing("Sec-WebSocket-Version");
  if (!versions.has(version))
    return handshakeProblem(`Unsupported WebSocket version: ${version}`, 426);
  if (key === undefined) return missing("Sec-WebSocket-Key");
  return isOpeningKey(key) ? undefined : invalid("Sec-WebSocket-Key");
}

/** Bytes after the head would be read as frames. RFC 6455 §4.1 has no body, and an intermediary may have read one (RFC 9112 §6). */
export function bodyProblem(headers: HeaderFields): HandshakeProblem | undefined {
  const length = headers.get("content-length");
  const hasBody =
    headers.get("transfer-encoding") !== undefined ||
    (length !== undefined && length.trim() !== "0");
  return hasBody
    ? handshakeProblem(
        "An opening request has no body: it came with Content-Length or Transfer-Encoding",
      )
    : undefined;
}

const missing = (name: string): HandshakeProblem =>
  handshakeProblem(`Missing handshake request header: ${name}`);
const invalid = (name: string): HandshakeProblem =>
  handshakeProblem(`Invalid handshake request header: ${name}`);
