import { expect, test } from "vitest";
import { explainClose, explainViolation } from "../../../src/trace/explain/close.ts";
import { ADVICE, meaningOf } from "../../../src/trace/explain/advice.ts";
import { ProtocolViolation, type ViolationCode, violations } from "../../../src/violation.ts";

const event = (
  code: number,
  reason = "",
  more: object = {},
): Parameters<typeof explainClose>[0] => ({ code, reason, wasClean: code !== 1006, ...more });

test.each([
  [
    event(1000),
    "One of the two sides closed the connection with 1000 (normal closure), and the other agreed.",
  ],
  [
    event(1001, "restart", { initiator: "peer" }),
    'The peer closed the connection with 1001 (going away: a page was left, or a server stops: "restart"), and the other agreed.',
  ],
  [
    event(4000, "", { initiator: "local", wasClean: false }),
    "This side closed the connection with 4000 (the application's own).",
  ],
  [
    event(1006, "", { cause: new Error("read ECONNRESET") }),
    "The connection closed with 1006 (no close frame came). read ECONNRESET.",
  ],
  [
    event(1006),
    /^The connection closed with 1006 .* terminate\(\) was called\. To see which, record the connection/,
  ],
])("%j", (given, expected) => {
  expect(explainClose(given)).toMatch(expected);
});

test("a violation: the rule, its clause, the byte, and what to change", () => {
  const cause = new ProtocolViolation("reserved-bits", 4, { offset: 152 });
  expect(explainClose(event(1002, cause.message, { cause }))).toMatch(
    /^One or more reserved bits are on: reserved1 = 1.* \(reserved-bits, RFC 6455 §5\.2\) at byte 152 of the peer's stream\. reserved1 marks a compressed message .* The connection closed with 1002 \(protocol error: "One/,
  );
});

test.each(Object.keys(violations) as ViolationCode[])("there is advice for %s", (code) => {
  expect(ADVICE[code]).toMatch(/^[A-Za-z].*\.$/);
  expect(explainViolation(new ProtocolViolation(code, 1))).toContain(violations[code][2]);
});

test("what codes mean", () => {
  expect([meaningOf(1009), meaningOf(3000), meaningOf(2000), meaningOf(4999)]).toEqual([
    "message too big",
    "registered with IANA for a library or framework",
    "reserved",
    "the application's own",
  ]);
});
