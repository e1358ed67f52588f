import type { IncomingMessage } from "node:http";
import { originProblem } from "../../../handshake/origin.ts";
import type { HandshakeProblem } from "../../../handshake/problem.ts";
import type { OpeningRequest, Origins } from "../../../opening.ts";

/** Returns why the page of `request` may not connect; `undefined` if it may. */
export function pageProblem(
  request: IncomingMessage,
  origins: Origins | undefined,
): HandshakeProblem | undefined {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const asked = { method: request.method ?? "GET", target: request.url ?? "/", headers };
  return originProblem(asked as unknown as OpeningRequest, origins ?? "same-origin");
}
