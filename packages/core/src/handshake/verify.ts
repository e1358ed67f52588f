import type { Chain } from "../extension/chain.ts";
import type { ClientOffers } from "../extension/negotiate.ts";
import { hasToken } from "../http/tokens.ts";
import type { HeaderFields, Opening, OpeningResponse } from "../opening.ts";
import { acceptKeyOf } from "./accept-key.ts";

/** A client's request, to check the response against. */
export interface ExpectedResponse {
  /** The `Sec-WebSocket-Key` that was sent. */
  readonly key: string;
  /** The subprotocols that were offered. */
  readonly protocols: readonly string[];
  /** The extensions that were offered. */
  readonly extensions: ClientOffers;
}

/** The result of a response that opens the connection. */
export interface Verified {
  readonly opening: Opening;
  /** The agreed extensions; `undefined` where there are none. */
  readonly chain: Chain | undefined;
}

/** The problem with a response that does not open the connection. */
export interface ResponseProblem {
  readonly message: string;
}

/**
 * Checks a server's response: returns the handshake result or the problem (RFC 6455 §4.1). Checks have the order and
 * the texts of faye-websocket.
 */
export function verifyResponse(
  response: OpeningResponse,
  expected: ExpectedResponse,
): Verified | ResponseProblem {
  const { status, headers } = response;
  return agree(
    response,
    expected,
    status === 101 ? findProblem(headers, expected) : `Unexpected response code: ${status}`,
  );
}

/** Checks a successful response to extended CONNECT, which has neither key nor upgrade (RFC 8441 §5). */
export function verifyConnected(
  response: OpeningResponse,
  expected: ExpectedResponse,
): Verified | ResponseProblem {
  return agree(response, expected, findProtocolProblem(response.headers, expected));
}

function agree(
  response: OpeningResponse,
  expected: ExpectedResponse,
  problem: string | undefined,
): Verified | ResponseProblem {
  const { headers } = response;
  const field = headers.get("sec-websocket-extensions") ?? "";
  if (problem !== undefined) return { message: PREFIX + problem };
  const agreement = expected.extensions.activate(field);
  if (typeof agreement === "string") return { message: PREFIX + agreement };
  const protocol = headers.get("sec-websocket-protocol") ?? "";
  return {
    opening: { version: "hybi-13", protocol, extensions: agreement.field, response },
    chain: agreement.chain,
  };
}

const PREFIX = "Error during WebSocket handshake: ";

function findProblem(headers: HeaderFields, expected: ExpectedResponse): string | undefined {
  const upgrade = headers.get("upgrade") ?? "";
  const connection = headers.get("connection") ?? "";
  if (upgrade === "") return "'Upgrade' header is missing";
  if (upgrade.toLowerCase() !== "websocket") return "'Upgrade' header value is not 'WebSocket'";
  if (connection === "") return "'Connection' header is missing";
  if (!hasToken(connection, "upgrade")) return "'Connection' header value is not 'Upgrade'";
  if (headers.get("sec-websocket-accept") !== acceptKeyOf(expected.key))
    return "Sec-WebSocket-Accept mismatch";
  return findProtocolProblem(headers, expected);
}

function findProtocolProblem(
  headers: HeaderFields,
  expected: ExpectedResponse,
): string | undefined {
  const protocol = headers.get("sec-websocket-protocol");
  return protocol !== undefined && !expected.protocols.includes(protocol)
    ? "Sec-WebSocket-Protocol mismatch"
    : undefined;
}
