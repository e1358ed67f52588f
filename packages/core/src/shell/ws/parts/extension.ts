import { FieldReader } from "./field-reader.ts";

/** Parameters of one offer: each name with all the values it came with, `true` for one without. */
export type Parameters = Record<string, (string | true)[]>;

/**
 * Reads a `Sec-WebSocket-Extensions` field into offers by name, each with its parameters.
 * @throws {SyntaxError} for a field that is malformed (RFC 6455 §9.1).
 */
function parse(field: string): Record<string, Parameters[]> {
  const reader = new FieldReader(field);
  const found = Object.create(null) as Record<string, Parameters[]>;
  do {
    const name = reader.name();
    const parameters = Object.create(null) as Parameters;
    reader.space();
    while (reader.takes(";")) readParameter(reader, parameters);
    (found[name] ??= []).push(parameters);
  } while (reader.takes(","));
  if (!reader.ended) throw reader.error();
  return found;
}

function readParameter(reader: FieldReader, parameters: Parameters): void {
  const name = reader.name();
  const value = reader.takes("=") ? reader.value() : true;
  (parameters[name] ??= []).push(value);
  reader.space();
}

/** Writes a `Sec-WebSocket-Extensions` field. */
function format(extensions: Readonly<Record<string, unknown>>): string {
  const elements: string[] = [];
  for (const [name, given] of Object.entries(extensions)) {
    for (const parameters of listOf(given)) {
      const words = Object.entries(parameters as Record<string, unknown>).flatMap(
        ([parameter, values]) =>
          listOf(values).map((value) =>
            value === true ? parameter : `${parameter}=${String(value)}`,
          ),
      );
      elements.push([name, ...words].join("; "));
    }
  }
  return elements.join(", ");
}

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : [value];

/** The field `Sec-WebSocket-Extensions`. */
export const extension = { format, parse };
