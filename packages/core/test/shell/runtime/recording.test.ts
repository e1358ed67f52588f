import { expect, test } from "vitest";
import { recordingBy } from "../../../src/shell/runtime/recording.ts";
import { createTraceRing } from "../../../src/trace/ring.ts";

test("nothing is recorded unless the connection or the process has a sink; the connection's goes first", () => {
  const own = createTraceRing();
  const common = createTraceRing();
  expect(recordingBy({}, undefined)).toBeUndefined();
  expect(recordingBy({ record: common }, undefined)?.sink).toBe(common);
  expect(recordingBy({ record: common }, own)?.sink).toBe(own);
});

test("one context for a runtime: its name, a clock that only goes on, and where errors go", () => {
  const errors: unknown[] = [];
  const host = { name: "node 20", reportError: (error: unknown) => errors.push(error) };
  const { context } = recordingBy(host, createTraceRing())!;
  expect(recordingBy(host, createTraceRing())!.context).toBe(context);
  expect([context.runtime, context.now() <= context.now()]).toEqual(["node 20", true]);
  expect(Math.abs(context.wallClock!() - Date.now())).toBeLessThan(1000);
  context.onError!("full");
  expect(errors).toEqual(["full"]);
});
