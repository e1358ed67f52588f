import { Buffer } from "node:buffer";
import type { HeaderFields, OpeningResponse } from "../../opening.ts";
import { ProtocolViolation } from "../../violation.ts";

/** Header fields as an object, by lower-case name, as faye-websocket gives them; what was repeated is joined by `", "`. */
export function headerRecord(fields: HeaderFields): Record<string, string> {
  const record: Record<string, string> = {};
  for (const [name] of fields) {
    // Not by assignment: a peer may send a field called __proto__.
    Object.defineProperty(record, name, {
      value: fields.get(name),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return record;
}

/** The answer that refused, where `error` has one. */
export const answerOf = (error: unknown): OpeningResponse | undefined =>
  error instanceof ProtocolViolation ? error.response : undefined;

/** What of its body has come, as a `Buffer`. */
export function bodyOf(answer: OpeningResponse | undefined): Buffer | undefined {
  const body = answer?.body;
  return body && Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
