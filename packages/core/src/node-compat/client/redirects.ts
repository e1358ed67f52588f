import type { OpeningResponse } from "../../opening.ts";
import { checkOptionNames } from "../../names.ts";
import { ProtocolViolation, UsageError } from "../../violation.ts";
import type { SocketOptions } from "./connect-socket.ts";

/** The most redirects, as in the `ws` package: more are a circle. */
const MAX_REDIRECTS = 10;

/** Fields for the first server alone. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "cookie2",
  "proxy-authorization",
]);

/**
 * Reads the option `followRedirects`: how many to follow, `undefined` for none.
 * @throws {UsageError} for a value that is neither a boolean nor an object with a whole number `max`.
 */
export function readRedirects(given: unknown): number | undefined {
  if (given === undefined || given === null || given === false) return undefined;
  if (given === true) return MAX_REDIRECTS;
  const { max = MAX_REDIRECTS } = given as { max?: unknown };
  if (typeof given !== "object" || typeof max !== "number" || !Number.isInteger(max) || max < 0) {
    throw new UsageError(
      `followRedirects: expected a boolean or { max } with a whole number, got ${JSON.stringify(given)}`,
    );
  }
  checkOptionNames(given, ["max"], "followRedirects.");
  return max;
}

/** The part of a `ServerTarget` that a redirect reads or changes. */
interface RedirectTarget {
  readonly url: URL;
  readonly text: string;
  readonly transport: SocketOptions & { readonly socket?: unknown; readonly session?: unknown };
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly hops: number;
}

/** Returns the target after the redirect `response` of `target`, or the reason not to follow it. */
export function redirectedTo<T extends RedirectTarget>(
  target: T,
  response: OpeningResponse,
): T | ProtocolViolation {
  const location = response.headers.get("location")!;
  const refuse = (why: string): ProtocolViolation =>
    new ProtocolViolation(
      "redirect-refused",
      `The server redirects (${response.status}) to ${JSON.stringify(location.slice(0, 200))}, ${why}`,
      { response },
    );
  if (target.hops === 0)
    return refuse("and as many redirects have been followed as the option followRedirects allows");
  const url = resolve(location, target.url);
  if (url === undefined) return refuse("which is no WebSocket URL");
  if (target.url.protocol === "wss:" && url.protocol === "ws:")
    return refuse("which would give up TLS");
  const why = ownedBy(target, url);
  if (why !== undefined) return refuse(why);
  // The client ignores user and password in a redirect; the caller's stay with the caller's server.
  const same = isSameOrigin(target, url, location);
  url.username = same ? target.url.username : "";
  url.password = same ? target.url.password : "";
  url.hash = "";
  const headers = same
    ? target.headers
    : target.headers.filter(([name]) => !CREDENTIALS.has(name.toLowerCase()));
  return {
    ...target,
    url,
    text: url.href,
    headers,
    transport: same ? target.transport : { ...target.transport, ...withoutPlace(target.transport) },
    hops: target.hops - 1,
  };
}

/** Returns the reason why a connection of the caller cannot be made anew. */
function ownedBy(
  { url, transport: { socket, tls, session } }: RedirectTarget,
  next: URL,
): string | undefined {
  if (session !== undefined && next.host !== url.host)
    return "and the session was the caller's: there is none with that server; give http2: true in place of session";
  const isOwn =
    socket !== undefined || (tls as { socket?: unknown } | undefined)?.socket !== undefined;
  return isOwn
    ? "and the connection was the caller's: there is none to that place; give createConnection in place of socket"
    : undefined;
}

/** A redirect by path stays on a Unix socket's server; one with a host goes to that host. */
const isSameOrigin = (
  { url, transport: route }: RedirectTarget,
  next: URL,
  location: string,
): boolean =>
  next.protocol === url.protocol &&
  next.host === url.host &&
  (route.net?.path === undefined || !/^[a-z][a-z0-9+.-]*:|^\/\//i.test(location));

/** A redirect is among HTTP's URLs (RFC 6455 §4.1). */
function resolve(location: string, base: URL): URL | undefined {
  const http = base.href.replace(/^ws/, "http");
  if (!URL.canParse(location, http)) return undefined;
  const url = new URL(new URL(location, http).href.replace(/^http/, "ws"));
  return url.protocol === "ws:" || url.protocol === "wss:" ? url : undefined;
}

/** Options for another server: neither the address of the first nor the client's certificate, which is a credential. */
function withoutPlace({ net, tls }: SocketOptions): Pick<SocketOptions, "net" | "tls"> {
  const { path: _path, host: _host, port: _port, ...otherNet } = net ?? {};
  const {
    cert: _cert,
    key: _key,
    pfx: _pfx,
    passphrase: _passphrase,
    secureContext: _context,
    servername: _servername,
    session: _session,
    pskCallback: _psk,
    path: _tlsPath,
    host: _tlsHost,
    port: _tlsPort,
    ...otherTls
  } = (tls ?? {}) as Record<string, unknown>;
  return { net: otherNet, tls: otherTls };
}
