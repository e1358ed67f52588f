import type { Extension } from "./extension/extension.ts";
import type { HeaderFields } from "./http/headers.ts";
import type { OpeningResponse } from "./opening-response.ts";

export type { HeaderFields, OpeningResponse };

/** The data of the opening handshake (RFC 6455 §4), in any dialect and version of HTTP. */

/** The head of a request or response as HTTP/2 has it (RFC 9113 §8.3), and the bytes sent right after it. */
export interface HeaderSection {
  /** Pseudo-header fields first; names in lower case. A name may come again. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** A refusal's body. */
  readonly body?: Uint8Array;
  /** The same request by HTTP/1.1, for a transport whose server does not speak HTTP/2, or opens no WebSockets over it. */
  readonly bytes?: Uint8Array;
}

/** A client's request to open, as the server sees it. */
export interface OpeningRequest {
  readonly method: string;
  /** The request target as sent: `/chat?room=1`. */
  readonly target: string;
  readonly headers: HeaderFields;
  /** The version in the head: `"1.1"`. Left out, it counts as high enough. */
  readonly httpVersion?: string;
  /** Over HTTP/2, the value of `:protocol`: `"websocket"` (RFC 8441 §4). The response is then fields and no bytes: see the action `writeHead`. */
  readonly protocol?: string;
  /** Whether the client came by TLS: responses of drafts 75 and 76 contain the URL. @defaultValue false */
  readonly secure?: boolean;
}

/** Custom header fields to send: a record, or pairs in order. A value with CR, LF or NUL throws. */
export type HeaderInit =
  Iterable<readonly [name: string, value: string]> | Readonly<Record<string, string>>;

/**
 * The origins whose pages may connect. Browsers let any page open a WebSocket to any server, and send the user's cookies along
 * (RFC 6455 §10.2); they send the page's origin in `Origin`. Requests without it, which come from other clients, pass a list and `"same-origin"`.
 *
 * - `"same-origin"`: those of the server itself: the host and port of `Origin` are those of `Host`.
 * - a list such as `["https://example.com", "https://*.example.com"]`, where a star stands for one label; `"null"` is the origin of pages without one.
 * - `"*"` or `true`: all.
 * - a function, which also receives requests without an origin, and returns true or false at once.
 */
export type Origins =
  | "same-origin"
  | "*"
  | true
  | readonly string[]
  | ((origin: string | undefined, request: OpeningRequest) => boolean);

/** The options of accepting an opening request. */
export interface Choice {
  /**
   * Subprotocols this server speaks. It chooses the first of the client's that is among them;
   * none in common opens without a subprotocol.
   */
  readonly protocols?: readonly string[];
  /** Fields added to the 101 response. They may not replace the handshake's own. */
  readonly headers?: HeaderInit;
  /** Extensions this server speaks, in its order of preference. @defaultValue none */
  readonly extensions?: readonly Extension[];
  /** Whether to accept clients of drafts 75 and 76, which lack protection from cross-protocol attacks. @defaultValue false */
  readonly drafts?: boolean;
  /** The origins whose pages may connect; the server refuses others with 403. @defaultValue "*" */
  readonly origins?: Origins;
}

/** The response that refuses an opening request. */
export interface Refusal {
  readonly status: number;
  /** @defaultValue the standard phrase of `status` */
  readonly statusText?: string;
  readonly headers?: HeaderInit;
  /** Text, or bytes. Sent as `text/plain; charset=utf-8` unless `headers` say otherwise. @defaultValue the standard phrase */
  readonly body?: string | Uint8Array;
}

/** A client's opening request. */
export interface ClientRequest {
  /** The value of `Host`, with a port where it is not the scheme's default. */
  readonly host: string;
  /** The request target: `/chat?room=1`. */
  readonly target: string;
  /** Offered subprotocols, in order of preference. @defaultValue none */
  readonly protocols?: readonly string[];
  readonly headers?: HeaderInit;
  /** Extensions to offer, in order of preference. @defaultValue none */
  readonly extensions?: readonly Extension[];
  /**
   * For a transport that can speak HTTP/2 (RFC 8441): the scheme of the URL, which is a field there. The action `writeHead` then
   * carries the request, and the response may come over either version. Left out, the request is HTTP/1.1's bytes.
   */
  readonly http2?: { readonly scheme: "http" | "https" } | undefined;
  /** Whether the caller follows redirects: it then gets their responses without a body, and need not wait for it. @defaultValue false */
  readonly followsRedirects?: boolean;
}

/** `hybi-13` is RFC 6455; `hybi-7` and `hybi-8` frame alike and differ in the opening. */
export type Version = "hybi-13" | "hybi-8" | "hybi-7" | "hixie-76" | "hixie-75";

/** The handshake result. */
export interface Opening {
  readonly version: Version;
  /** The chosen subprotocol, `""` where there is none. */
  readonly protocol: string;
  /** The negotiated extensions as sent in the response, `""` where there are none. */
  readonly extensions: string;
  /** Client: the server's response. Server: `undefined`. */
  readonly response: OpeningResponse | undefined;
}
