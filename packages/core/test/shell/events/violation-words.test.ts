import { expect, test } from "vitest";
import { HeaderList } from "../../../src/http/headers.ts";
import { wordsOf } from "../../../src/shell/events/violation-words.ts";
import { ProtocolViolation, type ViolationDetails } from "../../../src/violation.ts";

const told = { url: "ws://host/", isModern: true, extensions: "", waitsFor: undefined };
const LARGE = "WebSocket frame length too large";

test.each<
  [
    code: "message-too-big" | "pong-timeout",
    detail: number,
    details: ViolationDetails,
    words: string,
  ]
>([
  ["message-too-big", 0, {}, `${LARGE} (it is longer than maxMessageSize)`],
  ["message-too-big", 5, {}, `${LARGE} (maxMessageSize is 5 bytes, and it inflates to more)`],
  [
    "message-too-big",
    5,
    { size: 7, option: "maxStreamSize" },
    `${LARGE} (maxStreamSize is 5 bytes, and it has 7 bytes)`,
  ],
  ["pong-timeout", 5, {}, "No pong came within 5 ms of a ping (pongTimeout)"],
])("%s, %i, %j", (code, detail, details, words) => {
  const violation = new ProtocolViolation(code, detail, details);
  expect(wordsOf(violation, told)).toBe(words);
  expect(wordsOf(violation, { ...told, isModern: false })).toBe(violation.message);
});

test("reserved1 is compression only where none was agreed on", () => {
  const hint = " (the peer compressed, though no compression was agreed on)";
  for (const [rsv, extensions, rest] of [
    [4, "", hint],
    [4, "permessage-deflate; server_no_context_takeover", ""],
    [2, "", ""],
  ] as const) {
    const violation = new ProtocolViolation("reserved-bits", rsv);
    expect(wordsOf(violation, { ...told, extensions })).toBe(violation.message + rest);
  }
});

test("of a body, the first line that says more than the status", () => {
  const headers = new HeaderList();
  headers.append("content-type", "text/plain");
  for (const [text, rest] of [
    ["", ""],
    ["\n\n", ""],
    ["no", ""],
    ["403", ""],
    ["\r\n\u0000 why\n", " (the server says: why)"],
  ] as const) {
    const body = new TextEncoder().encode(text);
    const response = { status: 403, statusText: "No", headers, body };
    const violation = new ProtocolViolation("opening-refused", 403, { response });
    expect(wordsOf(violation, { ...told, isModern: false })).toBe(violation.message + rest);
  }
});
