import assert from "node:assert/strict";
import test from "node:test";
import { bunRuntime } from "../src/runtime.ts";

test("a timer fires, and one that is cleared does not", async () => {
  const fired: string[] = [];
  bunRuntime.clearTimeout(bunRuntime.setTimeout(() => fired.push("cleared"), 1));
  bunRuntime.setTimeout(() => fired.push("due"), 1);
  await new Promise((resolve) => {
    setTimeout(resolve, 30);
  });
  assert.deepEqual(fired, ["due"]);
});

test("in a microtask, the next comes before a tick, and that before any I/O", async () => {
  const order: string[] = [];
  await null;
  setTimeout(() => order.push("timer"), 0);
  bunRuntime.queueMicrotask(() => order.push("microtask"));
  bunRuntime.nextTick(() => order.push("tick"));
  await new Promise((resolve) => {
    setTimeout(resolve, 10);
  });
  assert.deepEqual(order, ["microtask", "tick", "timer"]);
});
