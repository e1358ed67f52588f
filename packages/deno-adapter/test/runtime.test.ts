import assert from "node:assert/strict";
import test from "node:test";
import { denoRuntime } from "../src/runtime.ts";

test("a timer fires, and one that is cleared does not", async () => {
  const fired: string[] = [];
  denoRuntime.clearTimeout(denoRuntime.setTimeout(() => fired.push("cleared"), 1));
  denoRuntime.setTimeout(() => fired.push("due"), 1);
  await new Promise((resolve) => { setTimeout(resolve, 30); });
  assert.deepEqual(fired, ["due"]);
});

test("a microtask comes before any I/O", async () => {
  const order: string[] = [];
  setTimeout(() => order.push("timer"), 0);
  denoRuntime.queueMicrotask(() => order.push("microtask"));
  await new Promise((resolve) => { setTimeout(resolve, 10); });
  assert.deepEqual(order, ["microtask", "timer"]);
});
