import type { IncomingMessage } from "node:http";
import type { HeaderFields, OpeningRequest } from "../../opening.ts";
import { HeaderList } from "../../http/headers.ts";
import { connectRequestOf } from "../http2/request.ts";

/** The part of an `http.IncomingMessage` that an opening needs: tests and frameworks pass less than all of it. */
export type RequestLike = Pick<IncomingMessage, "method" | "url" | "headers"> &
  Partial<Pick<IncomingMessage, "rawHeaders" | "socket" | "httpVersion">>;

/**
 * Converts a request of Node's HTTP or HTTP/2 server to the core's form.
 * @param secure whether the client came by TLS
 * @param held whether the socket holds the head as long as it lives: then the fields are packed
 */
export function openingRequestOf(
  request: RequestLike,
  secure: boolean,
  held = false,
): OpeningRequest {
  const { method = "", url = "", httpVersion } = request;
  if (":method" in request.headers) return connectRequestOf(request.headers, secure);
  return {
    method,
    target: url,
    headers: (held ? packed(request) : undefined) ?? new NodeHeaders(request),
    secure,
    ...(httpVersion === undefined ? {} : { httpVersion }),
  };
}

/** Copies the fields into one string, where Node's two forms of them say the same: no name is repeated, and no application has changed one. */
function packed({ headers, rawHeaders = [] }: RequestLike): HeaderFields | undefined {
  const list = new HeaderList();
  if (Object.keys(headers).length * 2 !== rawHeaders.length) return undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    const value = rawHeaders[at + 1]!;
    if (headers[name] !== value) return undefined;
    list.append(name, value);
  }
  return list;
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
