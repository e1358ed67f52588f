import { Buffer } from "node:buffer";
import type { HeaderFields, OpeningResponse } from "../../opening.ts";
import { ProtocolViolation } from "../../violation.ts";

/** Returns header fields as an object by lower-case name, as faye-websocket does; repeated ones are joined by `", "`. */
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

/** Returns the response that refused, if `error` has one. */
export const answerOf = (error: unknown): OpeningResponse | undefined =>
  error instanceof ProtocolViolation ? error.response : undefined;

/** Returns the part of a response's body that has come, as a `Buffer`. */
export function bodyOf(answer: OpeningResponse | undefined): Buffer | undefined {
  const body = answer?.body;
  return body && Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
