import { checkOpening } from "../handshake/check.ts";
import type { HandshakeProblem } from "../handshake/problem.ts";
import type { OpeningRequest } from "../opening.ts";
import type { Dialect } from "./dialect.ts";
import { hybiDialects } from "./hybi.ts";

/** Decides by which dialect `request` opens, or why it does not. The only such decision. */
export function selectDialect(request: OpeningRequest): Dialect | HandshakeProblem {
  const problem = checkOpening(request);
  if (problem !== undefined) return problem;
  // The check has passed only versions that are in the table.
  return hybiDialects.get(request.headers.get("sec-websocket-version") as string) as Dialect;
}
