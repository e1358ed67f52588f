/** Judges opening handshakes: RFC 6455 §4, RFC 8441 §5. */
import { acceptKeyOf, isOpeningKey } from "../../handshake/accept-key.ts";
import { hasToken, isToken, splitList } from "../../http/tokens.ts";
import type { LintHead, Side } from "../model.ts";

/** The problem with a head. */
export interface OpeningFault {
  readonly side: Side;
  readonly code: string;
  readonly clause: string;
  readonly message: string;
}

/** Returns the values of a field, in order; names compare without regard to case. */
function valuesOf({ fields }: LintHead, name: string): string[] {
  return fields.filter(([known]) => known.toLowerCase() === name).map(([, value]) => value.trim());
}

/** The value of a field, those of several joined; `undefined` where there is none. */
export function valueOf(head: LintHead, name: string): string | undefined {
  const values = valuesOf(head, name);
  return values.length === 0 ? undefined : values.join(", ");
}

const client =
  (clause: string) =>
  (code: string, message: string): OpeningFault => ({ side: "client", code, clause, message });
const server =
  (clause: string) =>
  (code: string, message: string): OpeningFault => ({ side: "server", code, clause, message });

/** Judges a request over HTTP/1.1 (RFC 6455 §4.1). */
export function judgeRequest(request: LintHead): OpeningFault[] {
  const says = client("RFC 6455 §4.1");
  const faults: OpeningFault[] = [];
  const [method = "", , version = ""] = request.start.split(" ");
  if (method !== "GET") faults.push(says("opening-method", `The method is ${method}, not GET`));
  if (version === "HTTP/1.0") faults.push(says("opening-version", "The request is of HTTP/1.0"));
  if (valueOf(request, "host") === undefined)
    faults.push(says("opening-host", "The request has no Host"));
  if (!hasToken(valueOf(request, "connection"), "upgrade"))
    faults.push(says("opening-connection", "Connection does not have the token Upgrade"));
  const keys = valuesOf(request, "sec-websocket-key");
  if (keys.length !== 1)
    faults.push(says("opening-key", `Sec-WebSocket-Key is there ${keys.length} times`));
  else if (!isOpeningKey(keys[0]!))
    faults.push(says("opening-key", `Sec-WebSocket-Key is not 16 bytes in base64: ${keys[0]!}`));
  const versions = valuesOf(request, "sec-websocket-version");
  if (versions.length !== 1 || versions[0] !== "13")
    faults.push(
      says(
        "opening-version",
        `Sec-WebSocket-Version is ${versions.join(", ") || "missing"}, not 13`,
      ),
    );
  return [...faults, ...judgeOffer(request)];
}

/** Subprotocols that are offered: tokens, each once (RFC 6455 §4.1). */
function judgeOffer(request: LintHead): OpeningFault[] {
  const says = client("RFC 6455 §4.1");
  const offered = splitList(valueOf(request, "sec-websocket-protocol") ?? "");
  const faults = offered
    .filter((name) => !isToken(name))
    .map((name) => says("opening-protocol", `The subprotocol ${JSON.stringify(name)} is no token`));
  const twice = offered.find((name, index) => offered.indexOf(name) !== index);
  if (twice !== undefined)
    faults.push(says("opening-protocol", `The subprotocol ${twice} is offered twice`));
  return faults;
}

/** Judges a server's 101 response over HTTP/1.1 (RFC 6455 §4.2.2). */
export function judgeResponse(request: LintHead | undefined, response: LintHead): OpeningFault[] {
  const says = server("RFC 6455 §4.2.2");
  const faults: OpeningFault[] = [];
  const upgrade = valueOf(response, "upgrade");
  if (upgrade?.toLowerCase() !== "websocket")
    faults.push(says("opening-upgrade", `Upgrade is ${upgrade ?? "missing"}, not websocket`));
  if (!hasToken(valueOf(response, "connection"), "upgrade"))
    faults.push(says("opening-connection", "Connection does not have the token Upgrade"));
  const accept = valueOf(response, "sec-websocket-accept");
  const key = request && valueOf(request, "sec-websocket-key");
  if (accept === undefined)
    faults.push(says("opening-accept", "The answer has no Sec-WebSocket-Accept"));
  else if (key !== undefined && accept !== acceptKeyOf(key))
    faults.push(
      says(
        "opening-accept",
        `Sec-WebSocket-Accept is ${accept}, and ${acceptKeyOf(key)} belongs to the key`,
      ),
    );
  return [...faults, ...judgeChoice(request, response)];
}

/** Checks that the client offered the chosen subprotocol (RFC 6455 §4.2.2). */
function judgeChoice(request: LintHead | undefined, response: LintHead): OpeningFault[] {
  const says = server("RFC 6455 §4.2.2");
  const chosen = valuesOf(response, "sec-websocket-protocol");
  if (chosen.length === 0 || request === undefined) return [];
  const offered = splitList(valueOf(request, "sec-websocket-protocol") ?? "");
  if (chosen.length > 1 || chosen[0]!.includes(","))
    return [says("opening-protocol", "More than one subprotocol is chosen")];
  return offered.includes(chosen[0]!)
    ? []
    : [says("opening-protocol", `The subprotocol ${chosen[0]!} was not offered`)];
}

/** Judges an extended CONNECT (RFC 8441 §4 and §5). */
export function judgeConnect(request: LintHead, mayConnect: boolean | undefined): OpeningFault[] {
  const says = client("RFC 8441 §4");
  const faults: OpeningFault[] = [];
  if (mayConnect === false)
    faults.push(
      says("connect-not-allowed", "The server has not sent SETTINGS_ENABLE_CONNECT_PROTOCOL"),
    );
  for (const name of [":scheme", ":path", ":authority"])
    if (valueOf(request, name) === undefined)
      faults.push(says("connect-pseudo-field", `The request has no ${name}`));
  const unused = client("RFC 8441 §5");
  for (const name of ["sec-websocket-key", "connection", "upgrade", "host"])
    if (name !== "host" && valueOf(request, name) !== undefined)
      faults.push(unused("connect-field", `The request has ${name}, which HTTP/2 does without`));
  const version = valueOf(request, "sec-websocket-version");
  if (version !== "13")
    faults.push(
      unused("opening-version", `sec-websocket-version is ${version ?? "missing"}, not 13`),
    );
  return [...faults, ...judgeOffer(request)];
}

/** Judges the answer to an extended CONNECT that opens (RFC 8441 §5). */
export function judgeConnected(request: LintHead | undefined, response: LintHead): OpeningFault[] {
  const says = server("RFC 8441 §5");
  const faults = judgeChoice(request, response);
  // A request that has a key is the one to blame.
  const isAsked = request !== undefined && valueOf(request, "sec-websocket-key") !== undefined;
  const unused = ["connection", "upgrade", ...(isAsked ? [] : ["sec-websocket-accept"])];
  for (const name of unused)
    if (valueOf(response, name) !== undefined)
      faults.push(says("connect-field", `The answer has ${name}, which HTTP/2 does without`));
  return faults;
}
