/**
 * The opening by extended CONNECT (RFC 8441 §5): HTTP/2's way. There is no key and nothing is upgraded; the other fields mean what they
 * mean in RFC 6455, and the stream then carries the same frames.
 */
import type { SessionLimits } from "../extension/extension.ts";
import { answerExtensions } from "../extension/negotiate.ts";
import { sectionFields } from "../http/header-section.ts";
import { isVisibleAscii } from "../http/tokens.ts";
import type { Choice, ClientRequest, HeaderSection, OpeningRequest, Refusal } from "../opening.ts";
import { UsageError } from "../violation.ts";
import { acceptKeyOf } from "./accept-key.ts";
import { bodyProblem } from "./check.ts";
import { chooseProtocol } from "./negotiate.ts";
import { type HandshakeProblem, handshakeProblem } from "./problem.ts";
import { offeredFields } from "./request.ts";
import { type Acceptance, acceptanceFields, refusalParts } from "./response.ts";

const EMPTY = new Uint8Array(0);
/** The version that a client may speak over HTTP/2: the drafts before RFC 6455 are older than it. */
const VERSION = "13";

/** The fields of a client's request, which `writeOpeningRequest` has checked. */
export function connectSection(
  request: ClientRequest,
  scheme: "http" | "https",
  extensions: string,
): HeaderSection["fields"] {
  const { host, target } = request;
  const pseudo = [
    [":method", "CONNECT"],
    [":protocol", "websocket"],
    [":scheme", scheme],
    [":authority", host],
    [":path", target],
  ] as const;
  return sectionFields(pseudo, [
    ["sec-websocket-version", VERSION],
    ...offeredFields(request, extensions),
  ]);
}

/** Returns the problem with `request`, which has a `:protocol`; `undefined` if there is none. 426 is for HTTP/1.1 alone: it names an upgrade. */
export function checkConnect({
  method,
  protocol,
  target,
  headers,
}: OpeningRequest): HandshakeProblem | undefined {
  if (protocol !== "websocket") return handshakeProblem(`Unsupported protocol: ${protocol}`, 501); // RFC 9220 §3 asks for it
  if (method !== "CONNECT") return handshakeProblem("Not a WebSocket request");
  const body = bodyProblem(headers);
  if (body !== undefined) return body;
  if (target === "") return handshakeProblem("Missing handshake request header: :path");
  const host = headers.get("host");
  const version = headers.get("sec-websocket-version");
  if (host === undefined) return handshakeProblem("Missing handshake request header: :authority");
  if (!isVisibleAscii(host))
    return handshakeProblem("Invalid handshake request header: :authority");
  if (version === undefined)
    return handshakeProblem("Missing handshake request header: Sec-WebSocket-Version");
  return version === VERSION
    ? undefined
    : handshakeProblem(`Unsupported WebSocket version: ${version}`);
}

/**
 * Makes the response that accepts `request`, which {@link checkConnect} has passed, or returns the problem with its extensions.
 * @throws {UsageError} for a header that may not be sent.
 */
export function acceptConnect(
  request: OpeningRequest,
  choice: Choice,
  limits: SessionLimits,
): Acceptance | HandshakeProblem {
  const custom = acceptanceFields(choice);
  const { headers } = request;
  const protocol = chooseProtocol(headers.get("sec-websocket-protocol"), choice.protocols ?? []);
  const agreement = answerExtensions(
    headers.get("sec-websocket-extensions"),
    choice.extensions ?? [],
    limits,
  );
  if (typeof agreement === "string") return handshakeProblem(agreement);
  const { field: extensions, chain } = agreement;
  if (protocol !== "") custom.push(["sec-websocket-protocol", protocol]);
  if (extensions !== "") custom.push(["sec-websocket-extensions", extensions]);
  // RFC 8441 §5 does without both fields. Node 26.10's own WebSocket sends the one, and fails where the other is missing.
  const key = headers.get("sec-websocket-key");
  if (key !== undefined) custom.push(["sec-websocket-accept", acceptKeyOf(key)]);
  const section = { fields: sectionFields([[":status", "200"]], custom) };
  return {
    bytes: EMPTY,
    section,
    opening: { version: "hybi-13", protocol, extensions, response: undefined },
    chain,
  };
}

/**
 * Makes the response that refuses.
 * @throws {UsageError} for a refusal that may not be sent, as `writeRefusal` does; also for a status of success, which would accept a CONNECT.
 */
export function refuseConnect(refusal: Refusal | HandshakeProblem): HeaderSection {
  const { status, fields, body } = refusalParts(refusal);
  const isProblem = "message" in refusal;
  if (!Number.isInteger(status) || status < 300 || status > 599) {
    throw new UsageError(
      `status: by HTTP/2 a refusal has a status from 300 to 599, since success opens, got ${status}`,
    );
  }
  const own = isProblem
    ? fields.map(
        ([name, value]) => [name, name === "Sec-WebSocket-Version" ? VERSION : value] as const,
      )
    : fields;
  return {
    fields: sectionFields([[":status", String(status)]], own),
    ...(body.length > 0 ? { body } : {}),
  };
}
