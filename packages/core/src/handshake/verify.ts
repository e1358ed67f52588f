import { hasToken, isToken, tokenEnd } from "../http/tokens.ts";
import type { HeaderFields, Opening, OpeningResponse } from "../opening.ts";
import { acceptKeyOf } from "./accept-key.ts";

/** What a client asked for, to hold the answer against. */
export interface ExpectedResponse {
  /** The `Sec-WebSocket-Key` that was sent. */
  readonly key: string;
  /** The subprotocols that were offered. */
  readonly protocols: readonly string[];
}

/** Why a response does not open. */
export interface ResponseProblem {
  readonly message: string;
}

/**
 * Returns what a server's response opens, or why it does not (RFC 6455 §4.1). Checks come in the order of
 * faye-websocket, and with its texts.
 */
export function verifyResponse(response: OpeningResponse, expected: ExpectedResponse): Opening | ResponseProblem {
  const { status, headers } = response;
  const problem = status === 101 ? findProblem(headers, expected) : `Unexpected response code: ${status}`;
  if (problem !== undefined) return { message: `Error during WebSocket handshake: ${problem}` };
  return { version: "hybi-13", protocol: headers.get("sec-websocket-protocol") ?? "", extensions: "", response };
}

function findProblem(headers: HeaderFields, expected: ExpectedResponse): string | undefined {
  const upgrade = headers.get("upgrade") ?? "", connection = headers.get("connection") ?? "";
  if (upgrade === "") return "'Upgrade' header is missing";
  if (upgrade.toLowerCase() !== "websocket") return "'Upgrade' header value is not 'WebSocket'";
  if (connection === "") return "'Connection' header is missing";
  if (!hasToken(connection, "upgrade")) return "'Connection' header value is not 'Upgrade'";
  if (headers.get("sec-websocket-accept") !== acceptKeyOf(expected.key)) return "Sec-WebSocket-Accept mismatch";
  const protocol = headers.get("sec-websocket-protocol");
  if (protocol !== undefined && !expected.protocols.includes(protocol)) return "Sec-WebSocket-Protocol mismatch";
  return findExtensionProblem(headers.get("sec-websocket-extensions") ?? "");
}

/** None was offered, so none may be answered. An empty field names none. */
function findExtensionProblem(value: string): string | undefined {
  if (value === "") return undefined;
  const name = value.slice(0, tokenEnd(value, 0));
  if (!isToken(name)) return `Invalid Sec-WebSocket-Extensions header: ${value}`;
  return `Server sent an extension response for unknown extension "${name}"`;
}
