import { trimBlanks } from "../http/tokens.ts";
import type { HeaderInit } from "../opening.ts";
import { UsageError } from "../violation.ts";

/** Fields that may be sent more than once, as in faye-websocket. */
const repeatable: ReadonlySet<string> = new Set([
  "set-cookie",
  "set-cookie2",
  "warning",
  "www-authenticate",
]);

/**
 * Returns the application's header fields in order, blanks around values stripped. The first of a name wins, in
 * any case of letters; later ones are dropped unless they may be repeated.
 * @throws {UsageError} for a value that is not a string. Characters are checked when the head is written.
 */
export function customFields(headers: HeaderInit | undefined): [name: string, value: string][] {
  const fields: [string, string][] = [];
  const seen = new Set<string>();
  if (headers === undefined) return fields;
  for (const [name, value] of isIterable(headers) ? headers : Object.entries(headers)) {
    if (typeof name !== "string")
      throw new UsageError(`header name: expected a string, got ${typeof name}`);
    if (typeof value !== "string")
      throw new UsageError(
        `header ${name}: expected a string, got ${value === null ? "null" : typeof value}`,
      );
    const key = name.toLowerCase();
    if (seen.has(key) && !repeatable.has(key)) continue;
    seen.add(key);
    fields.push([name, trimBlanks(value)]);
  }
  return fields;
}

const isIterable = (headers: HeaderInit): headers is Extract<HeaderInit, Iterable<unknown>> =>
  Symbol.iterator in headers;
