import type { IncomingHttpHeaders } from "node:http2";
import type { HeaderFields, OpeningRequest } from "../../opening.ts";

/** Converts a request by extended CONNECT to the core's form. One without `:protocol`, which is no opening, has an empty one. */
export function connectRequestOf(headers: IncomingHttpHeaders, secure: boolean): OpeningRequest {
  return {
    method: headers[":method"] ?? "",
    protocol: textOf(headers[":protocol"]) ?? "",
    target: headers[":path"] ?? "",
    headers: new StreamHeaders(headers),
    httpVersion: "2.0",
    secure,
  };
}

/** Returns whether a request by HTTP/2 is for a WebSocket (RFC 8441 §5). */
export const asksByConnect = (headers: IncomingHttpHeaders): boolean =>
  headers[":method"] === "CONNECT" && headers[":protocol"] === "websocket";

/** Fields as those of HTTP/1.1 read: `Host` is what HTTP/2 calls `:authority` (RFC 9113 §8.3.1), and the other pseudo-fields are none. */
class StreamHeaders implements HeaderFields {
  private readonly fields: IncomingHttpHeaders;

  constructor(fields: IncomingHttpHeaders) {
    this.fields = fields;
  }

  get(name: string): string | undefined {
    const key = name.toLowerCase();
    if (key === "host") return this.own(":authority") ?? this.own(key);
    return key.startsWith(":") ? undefined : this.own(key);
  }

  *[Symbol.iterator](): Generator<[name: string, value: string]> {
    const host = this.get("host");
    if (host !== undefined) yield ["host", host];
    for (const name of Object.keys(this.fields))
      if (!name.startsWith(":") && name !== "host") yield [name, this.own(name) ?? ""];
  }

  /** Own only: `constructor` is a possible name of a field. */
  private own(name: string): string | undefined {
    return Object.hasOwn(this.fields, name)
      ? textOf(this.fields[name], name === "cookie" ? "; " : ", ")
      : undefined;
  }
}

const textOf = (value: unknown, separator = ", "): string | undefined =>
  value === undefined ? undefined : Array.isArray(value) ? value.join(separator) : String(value);
