import { splitList } from "../http/tokens.ts";

/**
 * Returns the first of the subprotocols the client `offered`, as in its `Sec-WebSocket-Protocol`, that is among
 * those `supported`; `""` if none is (RFC 6455 §4.2.2). An invalid name matches nothing.
 */
export function chooseProtocol(offered: string | undefined, supported: readonly string[]): string {
  if (offered === undefined || supported.length === 0) return "";
  const wanted = splitList(offered).find((name) => supported.includes(name));
  // Our own string of that text: the client's may be a slice, and hold its whole request in memory.
  return supported.find((name) => name === wanted) ?? "";
}
