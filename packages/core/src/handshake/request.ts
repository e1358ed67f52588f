import { writeRequestHead } from "../http/head-writer.ts";
import { isToken, isVisibleAscii } from "../http/tokens.ts";
import type { ClientRequest } from "../opening.ts";
import { UsageError } from "../violation.ts";
import { customFields } from "./custom-fields.ts";

/** The handshake's own; custom fields of these names are dropped, as faye-websocket's first-wins rule has it. */
const reserved: ReadonlySet<string> = new Set([
  "host",
  "upgrade",
  "connection",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-protocol",
  "sec-websocket-extensions",
]);

/**
 * Writes a client's opening request (RFC 6455 §4.1) with `key`, 16 random bytes in base64. Fields come in
 * the order of faye-websocket, custom ones last but for the extensions.
 * @param extensions the offers, as a field
 * @throws {UsageError} for subprotocols that are not distinct tokens, and for a host, target or header that may not be sent.
 */
export function writeOpeningRequest(
  request: ClientRequest,
  key: string,
  extensions = "",
): Uint8Array {
  const { host, target, protocols = [] } = request;
  if (!isVisibleAscii(host))
    throw new UsageError(`host: expected ASCII without spaces, got ${JSON.stringify(host)}`);
  if (!target.startsWith("/") || target.includes("#")) {
    throw new UsageError(
      `target: expected a path from "/" without a fragment, got ${JSON.stringify(target)}`,
    );
  }
  checkProtocols(protocols);
  const fields: [string, string][] = [
    ["Host", host],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", key],
    ["Sec-WebSocket-Version", "13"],
  ];
  fields.push(...offeredFields(request, extensions));
  return writeRequestHead("GET", target, fields);
}

/** A client's fields beside the fixed fields of the handshake, in any version of HTTP. */
export function offeredFields(
  { protocols = [], headers }: ClientRequest,
  extensions: string,
): [name: string, value: string][] {
  const fields: [string, string][] =
    protocols.length > 0 ? [["Sec-WebSocket-Protocol", protocols.join(", ")]] : [];
  for (const field of customFields(headers)) {
    if (!reserved.has(field[0].toLowerCase())) fields.push(field);
  }
  if (extensions !== "") fields.push(["Sec-WebSocket-Extensions", extensions]);
  return fields;
}

/** Offered subprotocols are tokens, and none comes twice (RFC 6455 §4.1). */
function checkProtocols(protocols: readonly string[]): void {
  const seen = new Set<string>();
  for (const protocol of protocols) {
    if (!isToken(protocol))
      throw new UsageError(`protocols: expected tokens, got ${JSON.stringify(protocol)}`);
    if (seen.has(protocol))
      throw new UsageError(`protocols: ${JSON.stringify(protocol)} is offered twice`);
    seen.add(protocol);
  }
}
