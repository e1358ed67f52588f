import { UsageError } from "../violation.ts";
import { toLatin1 } from "./latin1.ts";
import { isFieldValue, isToken, isVisibleAscii } from "./tokens.ts";

/** Header fields to write, in order and unchanged. */
export type FieldPairs = Iterable<readonly [name: string, value: string]>;

const EMPTY = new Uint8Array(0);

/**
 * Writes the head of an HTTP/1.1 request (RFC 9112 §3).
 * @throws {UsageError} for a method, target or field that a reader could take for something else.
 */
export function writeRequestHead(method: string, target: string, fields: FieldPairs): Uint8Array {
  if (!isToken(method)) throw new UsageError(`method: expected a token, got ${show(method)}`);
  if (!isVisibleAscii(target))
    throw new UsageError(
      `target: expected ASCII without spaces or control characters, got ${show(target)}`,
    );
  return toLatin1(`${method} ${target} HTTP/1.1\r\n${fieldLines(fields)}\r\n`);
}

/**
 * Writes an HTTP/1.1 response: its head (RFC 9112 §4) and, after it, `body`. It adds no field for the
 * body's length.
 * @throws {UsageError} for a status, phrase or field that a reader could take for something else.
 */
export function writeResponseHead(
  status: number,
  statusText: string,
  fields: FieldPairs,
  body: Uint8Array = EMPTY,
): Uint8Array {
  if (!Number.isInteger(status) || status < 100 || status > 599)
    throw new UsageError(`status: expected a whole number from 100 to 599, got ${status}`);
  if (!isFieldValue(statusText))
    throw new UsageError(`statusText: ${BAD_VALUE}, got ${show(statusText)}`);
  const head = `HTTP/1.1 ${status} ${statusText}\r\n${fieldLines(fields)}\r\n`;
  const bytes = toLatin1(head, body.length);
  bytes.set(body, head.length);
  return bytes;
}

const BAD_VALUE =
  "expected text without line breaks, other control characters or characters above U+00FF";

function fieldLines(fields: FieldPairs): string {
  let lines = "";
  for (const [name, value] of fields) {
    checkField(name, value);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** @throws {UsageError} for a field that a reader could take for something else. */
export function checkField(name: string, value: string): void {
  if (!isToken(name)) throw new UsageError(`header name: expected a token, got ${show(name)}`);
  if (!isFieldValue(value))
    throw new UsageError(`header ${name}: ${BAD_VALUE}, got ${show(value)}`);
}

/** Shows a text on one line, and cuts a long one. */
const show = (text: string): string =>
  JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
