import { type FieldPairs, checkField } from "./head-writer.ts";

/** The head of a request or response as HTTP/2 has it (RFC 9113 §8.3), and what goes out right behind it. */
export interface HeaderSection {
  /** Pseudo-header fields first; names in lower case. A name may come again. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** A refusal's body. */
  readonly body?: Uint8Array;
  /** The same request by HTTP/1.1, for a transport that finds that its server does not speak HTTP/2, or opens no WebSockets by it. */
  readonly bytes?: Uint8Array;
}

/** What a connection begins with: bytes, or fields where the transport is a stream of HTTP/2. */
export type Head = Uint8Array | HeaderSection;

/** Of a connection, not of a request: they may not be sent by HTTP/2 (RFC 9113 §8.2.2). */
const connectionFields: ReadonlySet<string> = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings", "te"]);

/**
 * Makes the fields of a section: `pseudo` as they are, then the others without those that HTTP/2 has no place for.
 * @throws {UsageError} for a name or value that may not be sent.
 */
export function sectionFields(pseudo: HeaderSection["fields"], others: FieldPairs): HeaderSection["fields"] {
  const fields = [...pseudo];
  for (const [name, value] of others) {
    checkField(name, value);
    const key = name.toLowerCase();
    if (!connectionFields.has(key)) fields.push([key, value]);
  }
  return fields;
}
