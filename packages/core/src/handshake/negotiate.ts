import { splitList } from "../http/tokens.ts";

/**
 * Returns the first of the subprotocols the client `offered`, as in its `Sec-WebSocket-Protocol`, that is among
 * those `supported`; `""` if none is (RFC 6455 §4.2.2). A name that cannot be one matches nothing and does no harm.
 */
export function chooseProtocol(offered: string | undefined, supported: readonly string[]): string {
  if (offered === undefined || supported.length === 0) return "";
  return splitList(offered).find((name) => supported.includes(name)) ?? "";
}
