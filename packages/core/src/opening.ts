import type { Extension } from "./extension/extension.ts";
import type { HeaderFields } from "./http/headers.ts";
import type { OpeningResponse } from "./opening-response.ts";

export type { HeaderFields, OpeningResponse };

/** What the opening handshake carries (RFC 6455 §4), whichever dialect or HTTP version it came by. */

/** The head of a request or response as HTTP/2 has it (RFC 9113 §8.3), and what goes out right behind it. */
export interface HeaderSection {
  /** Pseudo-header fields first; names in lower case. A name may come again. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** A refusal's body. */
  readonly body?: Uint8Array;
  /** The same request by HTTP/1.1, for a transport that finds that its server does not speak HTTP/2, or opens no WebSockets by it. */
  readonly bytes?: Uint8Array;
}

/** A client's request to open, as the server sees it. */
export interface OpeningRequest {
  readonly method: string;
  /** The request target as sent: `/chat?room=1`. */
  readonly target: string;
  readonly headers: HeaderFields;
  /** What the head said: `"1.1"`. Left out, it is taken to be high enough. */
  readonly httpVersion?: string;
  /** By HTTP/2, what `:protocol` says: `"websocket"` (RFC 8441 §4). The answer is then fields and no bytes: see the action `writeHead`. */
  readonly protocol?: string;
  /** Whether the client came by TLS: drafts 75 and 76 are told the URL they have opened. @defaultValue false */
  readonly secure?: boolean;
}

/** Custom header fields to send: a record, or pairs in order. Values are refused if they hold CR, LF or NUL. */
export type HeaderInit =
  Iterable<readonly [name: string, value: string]> | Readonly<Record<string, string>>;

/**
 * Whose pages may connect. Browsers let any page open a WebSocket to any server, and send the user's cookies along (RFC 6455 §10.2);
 * they say whose page it is, in `Origin`. Requests without it, which are not a browser's, pass a list and `"same-origin"`.
 *
 * - `"same-origin"`: those of the server itself: the host and port of `Origin` are those of `Host`.
 * - a list such as `["https://example.com", "https://*.example.com"]`, where a star stands for one label; `"null"` is the origin of pages without one.
 * - `"*"` or `true`: all.
 * - a function, which alone is asked about requests without an origin too, and answers at once.
 */
export type Origins =
  | "same-origin"
  | "*"
  | true
  | readonly string[]
  | ((origin: string | undefined, request: OpeningRequest) => boolean);

/** How a server accepts. */
export interface Choice {
  /**
   * Subprotocols this server speaks. The first of the client's that is among them is chosen;
   * none in common opens without a subprotocol.
   */
  readonly protocols?: readonly string[];
  /** Added to the 101 response. May not replace the handshake's own fields. */
  readonly headers?: HeaderInit;
  /** Extensions this server speaks, in its order of preference. @defaultValue none */
  readonly extensions?: readonly Extension[];
  /** Whether clients of drafts 75 and 76, which nothing protects from cross-protocol attacks, are taken. @defaultValue false */
  readonly drafts?: boolean;
  /** Whose pages may connect; others are refused with 403. @defaultValue "*" */
  readonly origins?: Origins;
}

/** How a server refuses. */
export interface Refusal {
  readonly status: number;
  /** @defaultValue the standard phrase of `status` */
  readonly statusText?: string;
  readonly headers?: HeaderInit;
  /** Text, or bytes as they are. Sent as `text/plain; charset=utf-8` unless `headers` say otherwise. @defaultValue the standard phrase */
  readonly body?: string | Uint8Array;
}

/** What a client asks for. */
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
   * For a transport that can speak HTTP/2 (RFC 8441): the scheme of the URL, which is named there. The request is then asked of it by the action
   * `writeHead`, and the answer may come either way. Left out, the request is HTTP/1.1's bytes.
   */
  readonly http2?: { readonly scheme: "http" | "https" } | undefined;
  /** Whether the caller goes where an answer redirects it: then it is not told the body of such an answer, and need not wait for it. @defaultValue false */
  readonly followsRedirects?: boolean;
}

/** `hybi-13` is RFC 6455; `hybi-7` and `hybi-8` frame alike and differ in the opening. */
export type Version = "hybi-13" | "hybi-8" | "hybi-7" | "hixie-76" | "hixie-75";

/** The outcome of the handshake. */
export interface Opening {
  readonly version: Version;
  /** The chosen subprotocol, `""` where there is none. */
  readonly protocol: string;
  /** The negotiated extensions as sent in the response, `""` where there are none. */
  readonly extensions: string;
  /** Client: the server's answer. Server: `undefined`. */
  readonly response: OpeningResponse | undefined;
}
