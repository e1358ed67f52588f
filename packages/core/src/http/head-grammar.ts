import type { OpeningRequest, OpeningResponse } from "../opening.ts";
import { HeaderList } from "./headers.ts";
import { isToken, isVisibleAscii, trimBlanks } from "./tokens.ts";

/** The reason for refusing a head. `status` is the server's response; for a response head it has no meaning. */
export interface HeadFailure {
  readonly status: 400 | 414 | 431 | 505;
  readonly message: string;
}

/** The path and query of a request target, which may be a URL (RFC 6455 §4.1, RFC 9112 §3.2.2). */
export function pathOf(target: string): string {
  if (!/^https?:/i.test(target)) return target;
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "");
  return path.startsWith("/") ? path : `/${path}`;
}

/** A head whose text breaks the grammar. */
const malformed = (what: string): HeadFailure => ({
  status: 400,
  message: `Malformed HTTP head: ${what}`,
});

/**
 * Parses the text of a request's head: lines ended by CRLF, the last one empty
 * (RFC 9112 §3). It must be HTTP/1.1 or a later 1.x, as in RFC 6455 §4.1; else 505.
 */
export function parseRequestHead(text: string): OpeningRequest | HeadFailure {
  const line = text.slice(0, text.indexOf("\r\n"));
  const first = line.indexOf(" ");
  const second = line.indexOf(" ", first + 1);
  const method = line.slice(0, first);
  const target = line.slice(first + 1, second);
  const version = line.slice(second + 1);
  if (second < 0 || !isToken(method) || !isVersion(version)) return malformed("not a request line");
  if (!isVisibleAscii(target)) return malformed("a request target that is empty or not ASCII");
  if (!isVersion1(version)) return { status: 505, message: `Unsupported HTTP version: ${version}` };
  const headers = parseFields(text, line.length + 2);
  return headers instanceof HeaderList ? { method, target, headers } : headers;
}

/**
 * Parses the text of a response's head (RFC 9112 §4). It accepts HTTP/1.0, to report a refusal by an old
 * server, except with 101, which that version lacks. The space before an empty phrase
 * may be missing, as from many servers.
 */
export function parseResponseHead(text: string): OpeningResponse | HeadFailure {
  const line = text.slice(0, text.indexOf("\r\n"));
  const version = line.slice(0, 8);
  const digits = line.slice(9, 12);
  const status = Number(digits);
  const isStatusLine =
    isVersion(version) &&
    line[8] === " " &&
    isStatus(digits) &&
    (line.length === 12 || line[12] === " ");
  if (!isStatusLine) return malformed("not a status line");
  if (!isVersion1(version) && (version !== "HTTP/1.0" || status === 101)) {
    return { status: 505, message: `Unsupported HTTP version: ${version}` };
  }
  const headers = parseFields(text, line.length + 2);
  return headers instanceof HeaderList ? { status, statusText: line.slice(13), headers } : headers;
}

/** Parses the field lines from `start` to the empty line (RFC 9112 §5). */
function parseFields(text: string, start: number): HeaderList | HeadFailure {
  const headers = new HeaderList();
  for (
    let from = start, to = text.indexOf("\r\n", from);
    to > from;
    from = to + 2, to = text.indexOf("\r\n", from)
  ) {
    const line = text.slice(from, to);
    const colon = line.indexOf(":");
    if (line[0] === " " || line[0] === "\t") return malformed("a header field folded over lines");
    const name = line.slice(0, colon);
    if (colon < 0 || !isToken(name)) return malformed("a line that is not a header field");
    headers.append(name, trimBlanks(line.slice(colon + 1)));
  }
  return headers;
}

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && character >= "0" && character <= "9";

/** `HTTP/` and two digits with a point between: case matters (RFC 9112 §2.3). */
const isVersion = (text: string): boolean =>
  text.length === 8 &&
  text.startsWith("HTTP/") &&
  isDigit(text[5]) &&
  text[6] === "." &&
  isDigit(text[7]);

/** HTTP/1.1 or a later 1.x; later ones are backward compatible (RFC 9110 §2.5). */
const isVersion1 = (version: string): boolean => version[5] === "1" && version[7] !== "0";

/** A status code is three digits from 100 to 599 (RFC 9110 §15). */
const isStatus = (text: string): boolean =>
  text.length === 3 && text[0]! >= "1" && text[0]! <= "5" && isDigit(text[1]) && isDigit(text[2]);
