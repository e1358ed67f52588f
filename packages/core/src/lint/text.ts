import { advanceUtf8, UTF8_ACCEPT } from "../frame/utf8.ts";
import { latin1Of } from "../http/latin1.ts";
import { decodeUtf8 } from "../trace/values.ts";

/** Decodes UTF-8 without a byte order mark. Invalid bytes become characters each: such a file is no valid JSON anyway. */
export function textOf(bytes: Uint8Array): string {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  if (advanceUtf8(UTF8_ACCEPT, bytes, start, bytes.length) !== UTF8_ACCEPT)
    return latin1Of(bytes, start, bytes.length);
  let text = "";
  for (let at = start; at < bytes.length;) {
    // By pieces that end between two characters: a text grows by a character at a time otherwise.
    let end = Math.min(bytes.length, at + 65_536);
    while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end++;
    text += isAscii(bytes, at, end) ? asciiOf(bytes, at, end) : decodeUtf8(bytes, at, end);
    at = end;
  }
  return text;
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! >= 0x80) return false;
  return true;
}

/** Thousands of characters at a time: a megabyte of hexadecimal digits by one took most of the time of linting it. */
function asciiOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += 8192)
    text += String.fromCharCode.apply(null, bytes.subarray(at, Math.min(end, at + 8192)) as never);
  return text;
}
