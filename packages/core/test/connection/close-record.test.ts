import { expect, test } from "vitest";
import { CloseRecord, codeOf } from "../../src/connection/close-record.ts";
import { ProtocolViolation, type ViolationCode } from "../../src/violation.ts";
import { closePayload, utf8 } from "../../src/testing/wire/bytes.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";

const platform = createTestPlatform();
const summary = ({ code, reason, clean, cause, payload }: CloseRecord): unknown[] => [
  code,
  reason,
  clean,
  cause,
  [...payload],
];

test("nothing known: abnormal, and an empty frame", () => {
  expect(summary(new CloseRecord())).toEqual([1006, "", false, undefined, []]);
});

const frames: [
  name: string,
  payload: Uint8Array,
  wrong: ViolationCode | undefined,
  code: number,
  reason: string,
][] = [
  ["empty", new Uint8Array(0), undefined, 1005, ""],
  ["one byte", Uint8Array.of(3), "invalid-close", 1006, ""],
  ["a code", closePayload(1000), undefined, 1000, ""],
  ["a code and a reason", closePayload(4999, "tschüß"), undefined, 4999, "tschüß"],
  ["a reason that begins with U+FEFF", closePayload(1000, "\ufeffx"), undefined, 1000, "\ufeffx"],
  ["a code nobody may send", closePayload(1006), "invalid-close-code", 1006, ""],
  ["a reason that is not UTF-8", Uint8Array.of(3, 0xe8, 0xc3), "invalid-close-reason", 1006, ""],
];
test.each(frames)("the peer's frame: %s", (_, payload, wrong, code, reason) => {
  const record = new CloseRecord();
  const bytes = new Uint8Array(payload.length + 6).fill(0xff);
  bytes.set(payload, 3);
  expect(record.receive(platform, bytes, 3, 3 + payload.length)).toBe(wrong);
  expect([record.code, record.reason, record.clean]).toEqual([code, reason, false]);
  record.sent = true;
  expect(record.clean, "once ours has gone").toBe(wrong === undefined);
});

test("an echo is a copy", () => {
  const record = new CloseRecord();
  const bytes = closePayload(1000, "x");
  record.echo(bytes, 0, bytes.length);
  bytes.fill(0);
  expect(record.payload).toEqual(closePayload(1000, "x"));
});

test("a violation stands, whatever was known before", () => {
  const record = new CloseRecord();
  const bytes = closePayload(1000, "bye");
  record.receive(platform, bytes, 0, bytes.length);
  record.fail(new ProtocolViolation("invalid-utf8"), platform);
  const text = "Could not decode a text frame as UTF-8";
  expect(summary(record)).toEqual([
    1007,
    text,
    false,
    expect.anything(),
    [...closePayload(1007, text)],
  ]);
  record.sent = true;
  expect(record.clean, "once ours has gone too").toBe(false);
});

test("a long text is cut for the frame, after a whole character, and whole in the report", () => {
  const record = new CloseRecord();
  const text = "é".repeat(100);
  record.fail(new ProtocolViolation("handshake-failed", text), platform);
  expect(record.reason).toBe(text);
  expect(record.payload).toEqual(closePayload(1002, "é".repeat(61)));
});

test("one that earns no close frame is abnormal, without a reason", () => {
  const record = new CloseRecord();
  const violation = new ProtocolViolation("pong-timeout", 5);
  record.fail(violation, platform);
  expect(summary(record)).toEqual([1006, "", false, violation, []]);
});

test("the code is the first two bytes", () => {
  expect(codeOf(utf8("xAB"), 1)).toBe(0x4142);
});
