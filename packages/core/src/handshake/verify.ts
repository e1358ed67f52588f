import type { Chain } from "../extension/chain.ts";
import type { ClientOffers } from "../extension/negotiate.ts";
import { hasToken } from "../http/tokens.ts";
import type { HeaderFields, Opening, OpeningResponse } from "../opening.ts";
import { acceptKeyOf } from "./accept-key.ts";

/** What a client asked for, to hold the answer against. */
export interface ExpectedResponse {
  /** The `Sec-WebSocket-Key` that was sent. */
  readonly key: string;
  /** The subprotocols that were offered. */
  readonly protocols: readonly string[];
  /** The extensions that were offered. */
  readonly extensions: ClientOffers;
}

/** What a response opens. */
export interface Verified {
  readonly opening: Opening;
  /** The extensions agreed on; `undefined` where there are none. */
  readonly chain: Chain | undefined;
}

/** Why a response does not open. */
export interface ResponseProblem {
  readonly message: string;
}

/**
 * Returns what a server's response opens, or why it does not (RFC 6455 §4.1). Checks come in the order of
 * faye-websocket, and with its texts.
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

/** The same of a response to extended CONNECT that tells success: no key is answered, and nothing upgraded (RFC 8441 §5). */
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
