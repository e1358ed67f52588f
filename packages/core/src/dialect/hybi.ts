import { acceptConnect } from "../handshake/extended-connect.ts";
import { writeAcceptance } from "../handshake/response.ts";
import { versions } from "../handshake/versions.ts";
import type { Version } from "../opening.ts";
import type { Dialect } from "./dialect.ts";

/**
 * RFC 6455 and the drafts before it with the same framing: `hybi-8` (drafts 8 to 12) and `hybi-7`. Those
 * name the page's origin in `Sec-WebSocket-Origin`, the RFC in `Origin`; the server's answer is the same.
 */
const hybi = (version: Version): Dialect => ({
  version,
  framing: "hybi",
  supports: { binary: true, ping: true, closeHandshake: true },
  respond: (request, choice, limits) => writeAcceptance(request, choice, version, limits),
});

/** The dialect of clients. */
export const rfc6455: Dialect = hybi("hybi-13");

/** RFC 6455 over HTTP/2: only the opening differs. */
export const rfc8441: Dialect = { ...rfc6455, respond: acceptConnect };

/** Dialects by `Sec-WebSocket-Version`; one for each version a server takes. */
export const hybiDialects: ReadonlyMap<string, Dialect> = new Map(
  [...versions].map(([wire, version]) => [
    wire,
    version === rfc6455.version ? rfc6455 : hybi(version),
  ]),
);
