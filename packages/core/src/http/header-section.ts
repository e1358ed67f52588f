import type { HeaderSection } from "../opening.ts";
import { type FieldPairs, checkField } from "./head-writer.ts";

/** The head of a connection: bytes, or fields where the transport is a stream of HTTP/2. */
export type Head = Uint8Array | HeaderSection;

/** Fields of a connection, not of a request: HTTP/2 forbids them (RFC 9113 §8.2.2). */
const connectionFields: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "te",
]);

/**
 * Makes the fields of a section: `pseudo` unchanged, then the others without those that HTTP/2 forbids.
 * @throws {UsageError} for a name or value that may not be sent.
 */
export function sectionFields(
  pseudo: HeaderSection["fields"],
  others: FieldPairs,
): HeaderSection["fields"] {
  const fields = [...pseudo];
  for (const [name, value] of others) {
    checkField(name, value);
    const key = name.toLowerCase();
    if (!connectionFields.has(key)) fields.push([key, value]);
  }
  return fields;
}
