import { pathOf } from "../../http/head-grammar.ts";
import type { HeaderFields, OpeningRequest } from "../../opening.ts";

/** The head of the request that opened a socket, as handlers and `socket.request` have it. */
export class RequestHead implements OpeningRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderFields;
  readonly secure: boolean;
  /** The IP address of the client, or of a proxy between. `undefined` over a Unix socket. */
  readonly remoteAddress: string | undefined;
  declare readonly httpVersion?: string;
  declare readonly protocol?: string;

  constructor(request: OpeningRequest, secure: boolean, remoteAddress: string | undefined) {
    this.method = request.method === "GET" ? "GET" : request.method; // one string for all
    this.target = pathOf(request.target);
    this.headers = request.headers;
    this.secure = secure;
    this.remoteAddress = remoteAddress;
    if (request.httpVersion !== undefined) this.httpVersion = request.httpVersion;
    if (request.protocol !== undefined) this.protocol = request.protocol;
  }

  /** `wss://host/path?query`, made of `Host` and the target; `undefined` if they make no URL. */
  get url(): URL | undefined {
    const text = `${this.secure ? "wss" : "ws"}://${this.headers.get("host") ?? ""}${this.target}`;
    return URL.canParse(text) ? new URL(text) : undefined;
  }

  /** The cookies by name, as sent but without quotes around a value; the first of each name (RFC 6265 §5.4). */
  get cookies(): Readonly<Record<string, string>> {
    const cookies: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const pair of (this.headers.get("cookie") ?? "").split(";")) {
      const equals = pair.indexOf("=");
      const name = pair.slice(0, Math.max(equals, 0)).trim();
      if (name !== "" && !(name in cookies))
        cookies[name] = pair
          .slice(equals + 1)
          .trim()
          .replace(/^"(.*)"$/, "$1");
    }
    return cookies;
  }
}
