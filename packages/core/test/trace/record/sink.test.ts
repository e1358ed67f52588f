import { expect, test } from "vitest";
import {
  checkSink,
  nextConnection,
  resolveSettings,
  type TraceSink,
} from "../../../src/trace/record/sink.ts";
import { UsageError } from "../../../src/violation.ts";

const sink = (): TraceSink => ({ begin: () => {}, write: () => {}, end: () => {} });

test("connections of a sink are counted from 1", () => {
  const one = sink();
  const other = sink();
  expect([nextConnection(one), nextConnection(one), nextConnection(other)]).toEqual([1, 2, 1]);
});

test("secrets are always redacted, unless nothing is", () => {
  expect([...resolveSettings({ redact: ["X-Token"] }).redact!].sort()).toEqual([
    "authorization",
    "cookie",
    "proxy-authorization",
    "sec-websocket-key",
    "set-cookie",
    "x-token",
  ]);
  expect(resolveSettings({ redact: false }).redact).toBeUndefined();
  expect(resolveSettings().maxPayload).toBe(1_048_576);
});

test.each([
  [{ maxPayload: -1 }, "record.maxPayload: expected a number of bytes, got -1"],
  [{ maxPayload: "5" }, "record.maxPayload: expected a number of bytes, got 5"],
  [{ redact: "cookie" }, "record.redact: expected a list of header fields or false, got cookie"],
  [{ redact: [1] }, "record.redact: expected a list of header fields or false, got 1"],
])("settings %j", (settings, message) => {
  expect(() => resolveSettings(settings as never)).toThrow(UsageError);
  expect(() => {
    checkSink({ ...sink(), settings });
  }).toThrow(message);
});

test.each([[undefined], [null], ["folder"], [{}], [{ write: () => {} }]])(
  "%j is no sink",
  (given) => {
    expect(() => {
      checkSink(given);
    }).toThrow(/^record: expected a trace sink, such as createTraceRing\(\) makes, got /);
  },
);
