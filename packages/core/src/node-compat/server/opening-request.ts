import type { IncomingMessage } from "node:http";
import type { HeaderFields, OpeningRequest } from "../../opening.ts";
import { connectRequestOf } from "../http2/request.ts";

/** The part of an `http.IncomingMessage` that an opening needs: tests and frameworks hand over less than all of it. */
export type RequestLike = Pick<IncomingMessage, "method" | "url" | "headers"> &
  Partial<Pick<IncomingMessage, "rawHeaders" | "socket" | "httpVersion">>;

/**
 * Shows a request that Node's HTTP server has parsed as the core wants it, or its HTTP/2 server. Nothing is copied.
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
  private readonly request: RequestLike;

  constructor(request: RequestLike) {
    this.request = request;
  }

  get(name: string): string | undefined {
    // Own only: `constructor` is a possible name of a field.
    const key = name.toLowerCase();
    const { headers } = this.request;
    return Object.hasOwn(headers, key) ? joined(headers[key]) : undefined;
  }

  *[Symbol.iterator](): Generator<[name: string, value: string]> {
    const { rawHeaders, headers } = this.request;
    if (rawHeaders === undefined) {
      for (const [name, value] of Object.entries(headers))
        yield [name.toLowerCase(), joined(value) ?? ""];
      return;
    }
    for (let at = 0; at + 1 < rawHeaders.length; at += 2)
      yield [rawHeaders[at]!.toLowerCase(), rawHeaders[at + 1]!];
  }
}

const joined = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(", ") : value;
