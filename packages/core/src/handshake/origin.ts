import type { OpeningRequest, Origins } from "../opening.ts";
import { UsageError } from "../violation.ts";
import { type HandshakeProblem, handshakeProblem } from "./problem.ts";

/** The longest origin that a refusal repeats to the client. */
const SHOWN_MAX = 200;

const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([
  ["http", ":80"],
  ["ws", ":80"],
  ["https", ":443"],
  ["wss", ":443"],
]);

/**
 * The origin of the page that `request` comes from (RFC 6455 §10.2): `Origin`, or `Sec-WebSocket-Origin` in versions 7
 * and 8. `undefined` where there is none: browsers always send it, other clients need not.
 */
export function originOf({ headers }: OpeningRequest): string | undefined {
  const version = headers.get("sec-websocket-version");
  const isDraft = version === "7" || version === "8";
  return (isDraft ? headers.get("sec-websocket-origin") : undefined) ?? headers.get("origin");
}

/**
 * Returns the problem with `request` where only `origins` may connect; `undefined` if it may. Its status is 403 (RFC 6455 §4.2.2).
 * @throws {UsageError} when a function returns anything but true or false: a promise would let all clients in.
 */
export function originProblem(
  request: OpeningRequest,
  origins: Origins,
): HandshakeProblem | undefined {
  if (origins === "*" || origins === true) return undefined;
  const origin = originOf(request);
  if (typeof origins === "function")
    return isGranted(origins(origin, request)) ? undefined : refused(origin, "");
  // A program can leave the field out or make it up: it protects the users of browsers, not the server from programs.
  if (origin === undefined) return undefined;
  const host = request.headers.get("host") ?? "";
  if (origins === "same-origin")
    return isSameHost(origin, host)
      ? undefined
      : refused(origin, ` that of this server (${shown(host)}), nor`);
  return origins.some((allowed) => covers(allowed, origin)) ? undefined : refused(origin, "");
}

/** @throws {UsageError} for a value that is not {@link Origins}, naming the entry of a list that is no origin. */
export function checkOrigins(origins: unknown): void {
  if (
    origins === "*" ||
    origins === true ||
    origins === "same-origin" ||
    typeof origins === "function"
  )
    return;
  if (!Array.isArray(origins)) {
    throw new UsageError(
      `origins: expected a list of origins, "same-origin", "*" or a function, got ${typeof origins === "string" ? `"${origins}"; put it in a list` : typeof origins}`,
    );
  }
  for (const origin of origins as unknown[]) {
    if (typeof origin !== "string" || !isOriginEntry(origin)) {
      throw new UsageError(
        `origins: expected entries such as "https://example.com", without a path, or "https://*.example.com" for one label in place of the star, got ${JSON.stringify(origin)}`,
      );
    }
  }
}

function isOriginEntry(entry: string): boolean {
  if (entry === "null") return true;
  const host = parse(entry)?.host;
  return host !== undefined && (!host.includes("*") || /^\*(\.[^*.]+){2,}$/.test(host));
}

/** Whether an entry of a list is `origin`; `https://*.example.com` is any with one label in place of the star. */
function covers(allowed: string, origin: string): boolean {
  const [known, given] = [canonical(allowed), canonical(origin)];
  const star = known.indexOf("://*.");
  if (star < 0) return known === given;
  const scheme = known.slice(0, star + 3);
  const host = known.slice(star + 4);
  if (!given.startsWith(scheme) || !given.endsWith(host)) return false;
  return /^[a-z0-9-]+$/.test(given.slice(scheme.length, -host.length));
}

function isGranted(answer: unknown): boolean {
  if (typeof answer === "boolean") return answer;
  throw new UsageError(
    `origins: the function must return true or false, got ${typeof answer}; decide later by "upgrade", or before calling upgrade()`,
  );
}

const refused = (origin: string | undefined, neither: string): HandshakeProblem =>
  handshakeProblem(
    `Origin ${shown(origin ?? "(none)")} may not connect: it is${neither === "" ? " not" : ` not${neither}`} among the origins that are allowed`,
    403,
  );

const shown = (text: string): string =>
  text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;

/** Whether a page of `origin` was loaded from `host`. Schemes are not compared: a proxy may speak TLS for us. */
function isSameHost(origin: string, host: string): boolean {
  const parsed = parse(origin);
  return (
    parsed !== undefined &&
    host !== "" &&
    parsed.host === withoutPort(host.toLowerCase(), parsed.scheme)
  );
}

/** `HTTPS://Example.com:443` → `https://example.com`; other text stays as it is, and so equals itself alone. */
function canonical(origin: string): string {
  const parsed = parse(origin);
  return parsed === undefined ? origin : `${parsed.scheme}://${parsed.host}`;
}

/**
 * A scheme and a host with the port that is not the scheme's own (RFC 6454 §6.2). A slash behind it, as Go's `x/net/websocket` sends, is the
 * path of every URL that has none, and changes nothing.
 */
function parse(origin: string): { readonly scheme: string; readonly host: string } | undefined {
  const [, scheme, host] =
    /^([a-z][a-z0-9+.-]*):\/\/([^/?#@\s,]+)\/?$/.exec(origin.toLowerCase()) ?? [];
  return scheme === undefined || host === undefined
    ? undefined
    : { scheme, host: withoutPort(host, scheme) };
}

function withoutPort(host: string, scheme: string): string {
  const port = DEFAULT_PORTS.get(scheme);
  return port !== undefined && host.endsWith(port) ? host.slice(0, -port.length) : host;
}
