import { Buffer } from "node:buffer";
import type { OpeningResponse } from "../../opening.ts";
import type { ProtocolViolation, ViolationCode } from "../../violation.ts";
import { withoutUser } from "../transport/network-error.ts";

/** The socket that reports a violation. */
export interface Reporter {
  readonly url: string;
  /** False for the compatible constructors, whose texts are faye-websocket's. */
  readonly isModern: boolean;
  /** The agreed extensions, as in their header field. */
  readonly extensions: string;
  /** The step that the transport waits for. */
  readonly waitsFor: string | undefined;
}

/** The option that sets the limit of a violation. */
const LIMITS: Partial<Record<ViolationCode, string>> = {
  "too-many-fragments": "maxFragments",
  "output-overflow": "maxBufferedBytes",
  "pong-timeout": "pongTimeout",
};

/** Returns the text of a violation for the application: its own, and a hint how to fix it. */
export function wordsOf(violation: ProtocolViolation, reporter: Reporter): string {
  const { code, message, response } = violation;
  switch (code) {
    case "handshake-timeout":
      return `${withoutUser(reporter.url)}: ${message}: ${reporter.waitsFor ?? "the other side has not answered the opening request"}`;
    case "opening-refused":
      return message + saidBy("server", response);
    case "proxy-refused":
      return message + saidBy("proxy", response);
    default:
      return reporter.isModern ? message + hintOf(violation, reporter.extensions) : message;
  }
}

function hintOf(violation: ProtocolViolation, extensions: string): string {
  const { code, detail } = violation;
  if (code === "message-too-big") return sizeHint(violation);
  if (code === "reserved-bits")
    return (detail & 4) !== 0 && !extensions.includes("permessage-deflate")
      ? " (the peer compressed, though no compression was agreed on)"
      : "";
  const { [code]: option } = LIMITS;
  return option === undefined ? "" : ` (${option})`;
}

function sizeHint({ detail, size, option = "maxMessageSize" }: ProtocolViolation): string {
  if (detail === 0) return ` (it is longer than ${option})`;
  const length = size === undefined ? "it inflates to more" : `it has ${size} bytes`;
  return ` (${option} is ${detail} bytes, and ${length})`;
}

/** Of a body, the most that a message carries, in characters. */
const MOST = 200;

/** Of a body, the most that is looked at, in bytes: blank lines may stand before the first line. */
const LOOKED_AT = 2048;

/** Control characters, and those that turn the direction of a text or end a line: in a log they could say anything. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** ` (the server says: Who are you?)`: the first line of an answer's body, where that is plain text and more than the status says. */
function saidBy(who: "server" | "proxy", response: OpeningResponse | undefined): string {
  if (response?.body === undefined || !isPlainText(response)) return "";
  const { body, status, statusText } = response;
  const bytes = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, LOOKED_AT));
  const line = bytes
    .toString("utf8")
    .split(/[\r\n]/)
    .map((one) => one.replace(UNSEEN, " ").trim())
    .find((one) => one !== "");
  if (line === undefined || line.toLowerCase() === statusText.toLowerCase()) return "";
  if (line === String(status)) return "";
  const text = line.length > MOST ? `${line.slice(0, MOST)}…` : line;
  return ` (the ${who} says: ${text})`;
}

/** Whether a body is text that people may read: in UTF-8, and not compressed. */
function isPlainText({ headers }: OpeningResponse): boolean {
  const type = headers.get("content-type")?.toLowerCase() ?? "";
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/.exec(type)?.[1] ?? "utf-8";
  return (
    /^text\/plain\s*(?:;|$)/.test(type) &&
    ["utf-8", "utf8", "us-ascii"].includes(charset) &&
    (headers.get("content-encoding") ?? "identity") === "identity"
  );
}
