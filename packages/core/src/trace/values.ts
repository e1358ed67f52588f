/** Arguments of inputs, commands and actions as JSON, and back. */
import type { HeaderFields, Opening, OpeningRequest, OpeningResponse } from "../opening.ts";
import type { ProtocolViolation } from "../violation.ts";
import type { TraceBytes, TraceValue } from "./format.ts";

/** The written version of the format. */
export const TRACE_VERSION = 1;

/** The two digits of each octet. */
const PAIRS = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, "0"));

/** Returns `bytes[start, end)` in hexadecimal. */
export function toHex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = "";
  for (let at = start; at < end; at++) text += PAIRS[bytes[at]!]!;
  return text;
}

/** Returns the bytes of hexadecimal `text`. @throws {RangeError} for other text. */
export function fromHex(text: string): Uint8Array {
  if (!/^([0-9a-fA-F]{2})*$/.test(text))
    throw new RangeError(`expected hexadecimal, got ${text.slice(0, 40)}`);
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++)
    bytes[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

/** Returns a copy of `bytes`, in memory of its own: `slice()` of a `Buffer` would be a view. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy;
}

/** Returns the 32-bit FNV-1a hash of `bytes[start, end)`: to compare bytes that were cut. */
export function fnv1a(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash >>> 0;
}

/** Returns the written form of bytes: whole, or at most the first `most`. */
export function bytesValue(bytes: Uint8Array, most = Infinity): TraceBytes {
  if (bytes.length <= most) return { hex: toHex(bytes) };
  return { hex: toHex(bytes, 0, most), size: bytes.length, fnv: fnv1a(bytes) };
}

/** Returns whether a value is bytes. */
export function isBytes(value: TraceValue | undefined): value is TraceBytes {
  return (
    typeof value === "object" && value !== null && "hex" in value && typeof value.hex === "string"
  );
}

/** Returns whether bytes were cut when written. */
export function isCut(value: TraceValue | undefined): boolean {
  return isBytes(value) && value.size !== undefined;
}

/** Returns whether `expected`, in its written form, and `actual` are the same. Bytes that were cut are compared by size and hash. */
export function sameValue(
  expected: TraceValue | undefined,
  actual: TraceValue | undefined,
): boolean {
  if (
    isBytes(expected) &&
    isBytes(actual) &&
    expected.size !== undefined &&
    actual.size === undefined
  ) {
    const bytes = fromHex(actual.hex);
    return (
      bytes.length === expected.size &&
      (expected.fnv === undefined || fnv1a(bytes) === expected.fnv)
    );
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    return (
      expected.length === actual.length &&
      expected.every((value: TraceValue, index) => sameValue(value, actual[index] as TraceValue))
    );
  }
  return canonical(expected ?? null) === canonical(actual ?? null);
}

/** JSON with members in the order of their names, without those that are null. */
function canonical(value: TraceValue): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value as Record<string, TraceValue>).filter(
    ([, member]) => member !== null,
  );
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`;
}

/** Returns header fields as pairs, in order. */
export function fieldsValue(fields: HeaderFields): TraceValue {
  return Array.from(fields, ([name, value]) => [name, value]);
}

/** Reads header fields that {@link fieldsValue} wrote. */
export function fieldsOf(value: TraceValue | undefined): HeaderFields {
  const pairs = (value ?? []) as [string, string][];
  const byName = new Map<string, string>();
  for (const [name, text] of pairs) {
    const known = byName.get(name);
    byName.set(name, known === undefined ? text : `${known}, ${text}`);
  }
  return { get: (name) => byName.get(name), [Symbol.iterator]: () => pairs[Symbol.iterator]() };
}

/** Returns the written form of a request. */
export function requestValue({
  method,
  target,
  headers,
  httpVersion,
  protocol,
  secure,
}: OpeningRequest): TraceValue {
  return defined({ method, target, headers: fieldsValue(headers), httpVersion, protocol, secure });
}

/** Returns the written form of a response. */
export function responseValue({ status, statusText, headers, body }: OpeningResponse): TraceValue {
  return defined({
    status,
    statusText,
    headers: fieldsValue(headers),
    body: body && bytesValue(body),
  });
}

/** Returns the written form of a handshake result. */
export function openingValue({ version, protocol, extensions, response }: Opening): TraceValue {
  return defined({ version, protocol, extensions, response: response && responseValue(response) });
}

/** Returns the written form of a violation. Its `cause` is the runtime's and left out. */
export function violationValue({
  code,
  closeCode,
  message,
  offset,
  response,
}: ProtocolViolation): TraceValue {
  return defined({
    code,
    closeCode,
    message,
    offset,
    response: response && responseValue(response),
  });
}

/** Returns the members of `given` that are defined. */
export function defined(given: { readonly [name: string]: TraceValue | undefined }): {
  [name: string]: TraceValue;
} {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [name: string]: TraceValue };
}

/** Decodes `bytes[start, end)`, which must be well-formed UTF-8. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end;) {
    const lead = bytes[at++]!;
    const more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    let point = more === 0 ? lead : lead & (0x3f >> more);
    for (let left = more; left > 0; left--) point = (point << 6) | (bytes[at++]! & 0x3f);
    text += String.fromCodePoint(point);
  }
  return text;
}

/** Encodes `text`; lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const given = character.codePointAt(0)!;
    const point = given >= 0xd800 && given <= 0xdfff ? 0xfffd : given;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000)
      bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else
      bytes.push(
        0xf0 | (point >> 18),
        0x80 | ((point >> 12) & 63),
        0x80 | ((point >> 6) & 63),
        0x80 | (point & 63),
      );
  }
  return Uint8Array.from(bytes);
}
