import { Buffer, isUtf8 } from "node:buffer";

/**
 * Reads a `Last-Event-ID` field. Clients send the id in UTF-8, and servers hand over each octet as a character; this restores the text. An id
 * that is ASCII, or no UTF-8, stays as it is.
 */
export function readLastEventId(value: string | readonly string[] | null | undefined): string {
  const text = typeof value === "string" ? value : (value?.join(", ") ?? "");
  const bytes = Buffer.from(text, "latin1");
  return bytes.toString("latin1") === text && isUtf8(bytes) ? bytes.toString() : text;
}
