/** The lexical rules of HTTP fields (RFC 9110 §5.5, §5.6). Every function here is linear in its input. */

const TAB = 9;
const SPACE = 32;
const DELETE = 127;

/** 1 for each character a token may hold (RFC 9110 §5.6.2). */
const tokenCharacters = new Uint8Array(128);
for (const character of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  tokenCharacters[character.charCodeAt(0)] = 1;
}

/** Returns whether `text` is a token: a method, a field name, a subprotocol (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  return text !== "" && tokenEnd(text, 0) === text.length;
}

/** Returns where the run of token characters that begins at `from` ends. */
export function tokenEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && tokenCharacters[text.charCodeAt(at)] === 1) at++;
  return at;
}

/**
 * Returns whether `text` may stand as a field value or reason phrase: tab, space, visible ASCII and
 * U+0080–U+00FF (RFC 9110 §5.5). CR, LF and NUL are not among them, so no such text can end a line.
 */
export function isFieldValue(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code < SPACE && code !== TAB) || code === DELETE || code > 255) return false;
  }
  return true;
}

/** Returns whether `text` is visible ASCII throughout, and not empty: a request target, a host. */
export function isVisibleAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= SPACE || code >= DELETE) return false;
  }
  return text !== "";
}

/** Strips spaces and tabs from both ends (RFC 9110 §5.6.3), and nothing else, unlike `String.prototype.trim`. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB;

/** Splits a list whose elements hold no quoted strings; empty elements do not count (RFC 9110 §5.6.1). */
export function splitList(value: string): string[] {
  return value
    .split(",")
    .map(trimBlanks)
    .filter((element) => element !== "");
}

/** Returns whether the list `value` has the lower-case `token`, in any case: `hasToken("keep-alive, Upgrade", "upgrade")`. */
export function hasToken(value: string | undefined, token: string): boolean {
  // Most lists have one element: no list is made of it.
  if (value?.toLowerCase() === token) return isToken(value);
  return (
    value !== undefined &&
    splitList(value).some((element) => element.toLowerCase() === token && isToken(element))
  ); // KELVIN SIGN lower-cases to k
}
