import { ClientOffers } from "../../src/extension/negotiate.ts";
import type { HandshakeProblem } from "../../src/handshake/problem.ts";
import type { Acceptance } from "../../src/handshake/response.ts";
import { DEFAULT_OPTIONS } from "../../src/options.ts";
import { HeaderList } from "../../src/http/headers.ts";
import { HeadParser } from "../../src/http/head-parser.ts";
import type { OpeningRequest, OpeningResponse } from "../../src/opening.ts";

/** The key of RFC 6455 §1.3, and its answer. */
export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

export type Fields = readonly (readonly [name: string, value: string])[];

export function headersOf(fields: Fields): HeaderList {
  const headers = new HeaderList();
  for (const [name, value] of fields) headers.append(name, value);
  return headers;
}

const replace = (fields: Fields, changes: Readonly<Record<string, string | undefined>>): Fields => [
  ...fields.filter(([name]) => !(name in changes)),
  ...Object.entries(changes).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  ),
];

/** A good opening request; `changes` replaces fields, `undefined` removes one. */
export const requestWith = (
  changes: Readonly<Record<string, string | undefined>> = {},
  method = "GET",
): OpeningRequest => ({
  method,
  target: "/chat",
  headers: headersOf(
    replace(
      [
        ["host", "server.example.com"],
        ["upgrade", "websocket"],
        ["connection", "Upgrade"],
        ["sec-websocket-key", KEY],
        ["sec-websocket-version", "13"],
      ],
      changes,
    ),
  ),
});

/** A good answer to it. */
export const responseWith = (
  changes: Readonly<Record<string, string | undefined>> = {},
  status = 101,
): OpeningResponse => ({
  status,
  statusText: "",
  headers: headersOf(
    replace(
      [
        ["upgrade", "websocket"],
        ["connection", "Upgrade"],
        ["sec-websocket-accept", ACCEPT],
      ],
      changes,
    ),
  ),
});

export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

const LIMITS = { maxHeadSize: 1 << 20, maxHeaderCount: 1000 };

export function readRequest(bytes: Uint8Array): OpeningRequest {
  const parser = new HeadParser("request", LIMITS);
  if (parser.push(bytes, 0, bytes.length) !== bytes.length)
    throw new Error(parser.failure?.message ?? "not one whole head");
  return parser.request;
}

/** Reads a response and the body after it. */
export function readResponse(bytes: Uint8Array): { response: OpeningResponse; body: Uint8Array } {
  const parser = new HeadParser("response", LIMITS);
  const end = parser.push(bytes, 0, bytes.length);
  if (end < 0) throw new Error(parser.failure?.message ?? "the head is not whole");
  return { response: parser.response, body: bytes.slice(end) };
}

/** No extensions, offered by a client that has none. */
export const NO_OFFERS = new ClientOffers([], DEFAULT_OPTIONS);

/** The acceptance that `writeAcceptance` returned. Throws where it returned a problem. */
export function accepted(answer: Acceptance | HandshakeProblem): Acceptance {
  if ("status" in answer) throw new Error(answer.message);
  return answer;
}
