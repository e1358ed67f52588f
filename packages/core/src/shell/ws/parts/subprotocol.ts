import { FieldReader } from "./field-reader.ts";

/**
 * Reads a `Sec-WebSocket-Protocol` field.
 * @throws {SyntaxError} for a field that is no list of tokens, or names one twice (RFC 6455 §4.1).
 */
function parse(field: string): Set<string> {
  const reader = new FieldReader(field);
  const names = new Set<string>();
  do {
    const name = reader.name();
    reader.space();
    if (names.has(name)) throw new SyntaxError(`The "${name}" subprotocol is duplicated`);
    names.add(name);
  } while (reader.takes(","));
  if (!reader.ended) throw reader.error();
  return names;
}

/** The field `Sec-WebSocket-Protocol`. */
export const subprotocol = { parse };
