import { checkOpening } from "../handshake/check.ts";
import { checkConnect } from "../handshake/extended-connect.ts";
import { type HandshakeProblem, handshakeProblem } from "../handshake/problem.ts";
import { hasToken } from "../http/tokens.ts";
import type { OpeningRequest } from "../opening.ts";
import type { Dialect } from "./dialect.ts";
import { hixie75, hixie76 } from "./hixie.ts";
import { hybiDialects, rfc8441 } from "./hybi.ts";

/**
 * Selects the dialect of `request`, or returns the problem; no other code decides this. A request of the drafts before
 * hybi names no version: 76 has its keys, 75 has none.
 *
 * @param drafts whether drafts 75 and 76 are accepted
 */
export function selectDialect(
  request: OpeningRequest,
  drafts: boolean,
): Dialect | HandshakeProblem {
  const { headers } = request;
  if (request.protocol !== undefined) return checkConnect(request) ?? rfc8441;
  if (
    drafts &&
    headers.get("sec-websocket-version") === undefined &&
    headers.get("sec-websocket-key") === undefined
  )
    return selectDraft(request);
  const problem = checkOpening(request);
  if (problem !== undefined) return problem;
  // The check has passed only versions that are in the table.
  return hybiDialects.get(headers.get("sec-websocket-version") ?? "") as Dialect;
}

function selectDraft({ method, headers }: OpeningRequest): Dialect | HandshakeProblem {
  if (
    method !== "GET" ||
    !hasToken(headers.get("upgrade"), "websocket") ||
    !hasToken(headers.get("connection"), "upgrade")
  ) {
    return handshakeProblem("Not a WebSocket request");
  }
  const hasKeys =
    headers.get("sec-websocket-key1") !== undefined ||
    headers.get("sec-websocket-key2") !== undefined;
  return hasKeys ? hixie76 : hixie75;
}
