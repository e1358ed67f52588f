/** The arguments of `new WebSocket(url, protocols)` as the WHATWG has them, with its errors. */
import { isToken } from "../../http/tokens.ts";

const NOT_A_URL = "is not a valid WebSocket URL: expected ws:, wss:, http: or https:";

const syntaxError = (message: string): DOMException =>
  new DOMException(`Failed to construct 'WebSocket': ${message}`, "SyntaxError");

/** Whether a first argument says where to connect to, and is no request that has come. */
export const isAddress = (value: unknown): value is string | URL =>
  typeof value === "string" ||
  (typeof value === "object" && value !== null && typeof (value as URL).href === "string");

/**
 * The URL to connect to: `http:` and `https:` mean `ws:` and `wss:`. Those of Unix sockets stay as they are (`ws+unix:`), which the WHATWG has not.
 * @throws {DOMException} `SyntaxError`
 */
export function readAddress(address: string | URL): string {
  const text = typeof address === "string" ? address : address.href;
  if (!URL.canParse(text)) throw syntaxError(`${text} ${NOT_A_URL}`);
  const url = new URL(text);
  if (url.protocol === "ws+unix:") return text;
  if (url.protocol === "http:") url.protocol = "ws:";
  else if (url.protocol === "https:") url.protocol = "wss:";
  if (url.protocol !== "ws:" && url.protocol !== "wss:") throw syntaxError(`${text} ${NOT_A_URL}`);
  if (text.includes("#")) throw syntaxError(`${text} has a fragment, which is never sent`);
  return url.href;
}

/**
 * The subprotocols to offer. A string is one.
 * @throws {DOMException} `SyntaxError` for one that is no token (RFC 6455 §4.1), or that is repeated, in any case of letters.
 */
export function readNames(protocols: string | readonly string[] | null | undefined): string[] {
  if (protocols === undefined || protocols === null) return [];
  const names = (typeof protocols === "string" ? [protocols] : [...protocols]).map(String);
  const seen = new Set<string>();
  for (const name of names) {
    const known = name.toLowerCase();
    if (!isToken(name)) throw syntaxError(`${JSON.stringify(name)} is not a subprotocol`);
    if (seen.has(known))
      throw syntaxError(`the subprotocol ${JSON.stringify(name)} is there twice`);
    seen.add(known);
  }
  return names;
}
