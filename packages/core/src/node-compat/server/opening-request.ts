import type { IncomingMessage } from "node:http";
import type { HeaderFields, OpeningRequest } from "../../opening.ts";
import { connectRequestOf } from "../http2/request.ts";

/** The part of an `http.IncomingMessage` that an opening needs: tests and frameworks pass less than all of it. */
export type RequestLike = Pick<IncomingMessage, "method" | "url" | "headers"> &
  Partial<Pick<IncomingMessage, "rawHeaders" | "socket" | "httpVersion">>;

/**
 * Converts a request of Node's HTTP or HTTP/2 server to the core's form, without copies.
 * @param secure whether the client came by TLS
 */
export function openingRequestOf(request: RequestLike, secure: boolean): OpeningRequest {
  const { method = "", url = "", httpVersion } = request;
  if (":method" in request.headers) return connectRequestOf(request.headers, secure);
  return {
    method,
    target: url,
    headers: new NodeHeaders(request),
    secure,
    ...(httpVersion === undefined ? {} : { httpVersion }),
  };
}

class NodeHeaders implements HeaderFields {
  private readonly headers: RequestLike["headers"];
  private readonly rawHeaders: RequestLike["rawHeaders"];

  /** Keeps the fields, and not the whole request: a socket holds them as long as it lives. */
  constructor({ headers, rawHeaders }: RequestLike) {
    this.headers = headers;
    this.rawHeaders = rawHeaders;
  }

  get(name: string): string | undefined {
    // Own only: `constructor` is a possible name of a field.
    const key = name.toLowerCase();
    const { headers } = this;
    return Object.hasOwn(headers, key) ? joined(headers[key], key) : undefined;
  }

  *[Symbol.iterator](): Generator<[name: string, value: string]> {
    const { rawHeaders, headers } = this;
    if (rawHeaders === undefined) {
      for (const [name, value] of Object.entries(headers))
        yield [name.toLowerCase(), joined(value, name) ?? ""];
      return;
    }
    for (let at = 0; at + 1 < rawHeaders.length; at += 2)
      yield [rawHeaders[at]!.toLowerCase(), rawHeaders[at + 1]!];
  }
}

/** Cookies are joined as one field of them is written (RFC 9113 §8.2.3). */
const joined = (value: string | string[] | undefined, name: string): string | undefined =>
  Array.isArray(value) ? value.join(name === "cookie" ? "; " : ", ") : value;
