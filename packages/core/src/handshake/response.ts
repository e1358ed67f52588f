import type { Chain } from "../extension/chain.ts";
import type { SessionLimits } from "../extension/extension.ts";
import { answerExtensions } from "../extension/negotiate.ts";
import { writeResponseHead } from "../http/head-writer.ts";
import { phraseOf } from "../http/status.ts";
import { encodeBody } from "../http/text-body.ts";
import type {
  Choice,
  HeaderSection,
  Opening,
  OpeningRequest,
  Refusal,
  Version,
} from "../opening.ts";
import { UsageError } from "../violation.ts";
import { acceptKeyOf } from "./accept-key.ts";
import { customFields } from "./custom-fields.ts";
import { chooseProtocol } from "./negotiate.ts";
import { type HandshakeProblem, handshakeProblem } from "./problem.ts";
import { versions } from "./versions.ts";

/** The response that accepts an opening request, and its handshake result. */
export interface Acceptance {
  /** By HTTP/1.1; empty where there is a `section`. */
  readonly bytes: Uint8Array;
  /** By HTTP/2. */
  readonly section?: HeaderSection | undefined;
  readonly opening: Opening;
  /** The agreed extensions; `undefined` where there are none. */
  readonly chain?: Chain | undefined;
  /** Draft 76: the number of bytes after the request's head, which the server must answer before the connection is open. */
  readonly body?: { readonly size: number; answer(bytes: Uint8Array): Uint8Array };
}

const EMPTY = new Uint8Array(0);

/** Fields that a 101 response has of its own, or may not have (RFC 9110 §8.6, RFC 9112 §6.1). `sec-websocket-…` too. */
const reservedInAcceptance: ReadonlySet<string> = new Set([
  "upgrade",
  "connection",
  "content-length",
  "transfer-encoding",
]);
/** The fields that delimit a refusal. */
const reservedInRefusal: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "transfer-encoding",
]);

/**
 * Writes the response that accepts `request` (RFC 6455 §4.2.2), or returns the problem with its extensions. `checkOpening`
 * has passed the request. Custom fields come first, as in faye-websocket.
 * @throws {UsageError} for a header that may not be sent.
 */
export function writeAcceptance(
  request: OpeningRequest,
  choice: Choice,
  version: Version,
  limits: SessionLimits,
): Acceptance | HandshakeProblem {
  const fields = acceptanceFields(choice);
  const { headers } = request;
  const protocol = chooseProtocol(headers.get("sec-websocket-protocol"), choice.protocols ?? []);
  const agreement = answerExtensions(
    headers.get("sec-websocket-extensions"),
    choice.extensions ?? [],
    limits,
  );
  if (typeof agreement === "string") return handshakeProblem(agreement);
  const { field: extensions, chain } = agreement;
  const opening = { version, protocol, extensions, response: undefined };
  const accept = acceptKeyOf(headers.get("sec-websocket-key") ?? "");
  if (fields.length === 0 && protocol === "" && extensions === "")
    return { bytes: plainAcceptance(accept), opening, chain };
  fields.push(...answerFields(accept));
  if (protocol !== "") fields.push(["Sec-WebSocket-Protocol", protocol]);
  if (extensions !== "") fields.push(["Sec-WebSocket-Extensions", extensions]);
  return { bytes: writeResponseHead(101, phraseOf(101), fields), opening, chain };
}

const answerFields = (accept: string): [name: string, value: string][] => [
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Accept", accept],
];

/** The whole response with nothing of its own but the key, and where that begins: most are so, and to write it anew took 2 % of an opening. */
const plain = writeResponseHead(101, phraseOf(101), answerFields(" ".repeat(28)));
const keyAt = plain.length - 32;

function plainAcceptance(accept: string): Uint8Array {
  const bytes = plain.slice();
  for (let at = 0; at < 28; at++) bytes[keyAt + at] = accept.charCodeAt(at);
  return bytes;
}

/**
 * The custom fields of a 101 response.
 * @throws {UsageError} for one that may not be sent.
 */
export function acceptanceFields({ headers }: Choice): [name: string, value: string][] {
  const fields = customFields(headers);
  for (const [name] of fields) {
    const key = name.toLowerCase();
    if (reservedInAcceptance.has(key) || key.startsWith("sec-websocket-"))
      throw reservedError(name);
  }
  return fields;
}

/**
 * Writes the whole response that refuses an opening: the application's, or that of a problem.
 * It says that the connection ends after it.
 * @throws {UsageError} for a status below 200, a body where the status allows none, and a header that may not be sent.
 */
export function writeRefusal(refusal: Refusal | HandshakeProblem): Uint8Array {
  const { status, statusText, fields, body } = refusalParts(refusal);
  return writeResponseHead(status, statusText, fields, body);
}

/** A response that refuses, before it is written. */
export interface RefusalParts {
  readonly status: number;
  readonly statusText: string;
  readonly fields: Fields;
  readonly body: Uint8Array;
}

/** Completes a refusal to a whole response. @throws {UsageError} as {@link writeRefusal}, but for what is in the fields. */
export function refusalParts(refusal: Refusal | HandshakeProblem): RefusalParts {
  const { status } = refusal;
  const phrase = phraseOf(status);
  if (status < 200)
    throw new UsageError(`status: a refusal has a status from 200 to 599, got ${status}`);
  if ("message" in refusal)
    return responseParts(status, phrase, [], refusal.message, fieldsOfProblem(status));
  const fields = customFields(refusal.headers);
  for (const [name] of fields) {
    if (reservedInRefusal.has(name.toLowerCase())) throw reservedError(name);
  }
  const { statusText = phrase, body = isBodiless(status) ? "" : phrase } = refusal;
  return responseParts(status, statusText, fields, body, [["Connection", "close"]]);
}

type Fields = readonly (readonly [name: string, value: string])[];

function responseParts(
  status: number,
  statusText: string,
  custom: Fields,
  content: string | Uint8Array,
  last: Fields,
): RefusalParts {
  if (isBodiless(status)) {
    if (content.length > 0) throw new UsageError(`body: a response with status ${status} has none`);
    return { status, statusText, fields: [...custom, ...last], body: EMPTY };
  }
  const body = typeof content === "string" ? encodeBody(content) : content;
  const hasType = custom.some(([name]) => name.toLowerCase() === "content-type");
  const type: Fields = hasType ? [] : [["Content-Type", "text/plain; charset=utf-8"]];
  return {
    status,
    statusText,
    fields: [...custom, ...type, ["Content-Length", String(body.length)], ...last],
    body,
  };
}

/** 426 names the protocol to upgrade to, and so lists that field in `Connection` (RFC 9110 §15.5.22, §7.8). */
function fieldsOfProblem(status: number): Fields {
  const taken = ["Sec-WebSocket-Version", [...versions.keys()].join(", ")] as const;
  if (status === 426) return [["Connection", "close, Upgrade"], ["Upgrade", "websocket"], taken];
  return status === 400 ? [["Connection", "close"], taken] : [["Connection", "close"]];
}

/** Responses of these statuses end with their head, and have no length (RFC 9110 §8.6, §15.3.5, §15.4.5). */
const isBodiless = (status: number): boolean => status === 204 || status === 304;

const reservedError = (name: string): UsageError =>
  new UsageError(`header ${name}: is the handshake's own and may not be set`);
