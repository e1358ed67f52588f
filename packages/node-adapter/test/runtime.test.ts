import { afterEach, expect, test, vi } from "vitest";
import { mayUseNetwork, nodeRuntime } from "../src/runtime.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("a timer fires, and does not keep the process alive", async () => {
  const handle = await new Promise((resolve) => {
    const timer = nodeRuntime.setTimeout(() => {
      resolve(timer);
    }, 1);
    expect((timer as NodeJS.Timeout).hasRef()).toBe(false);
  });
  expect(handle).toBeDefined();
});

test("a cleared timer does not fire", async () => {
  const fired = vi.fn();
  nodeRuntime.clearTimeout(nodeRuntime.setTimeout(fired, 1));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(fired).not.toHaveBeenCalled();
});

test("microtasks run before any I/O, in order", async () => {
  const order: string[] = [];
  setImmediate(() => order.push("immediate"));
  nodeRuntime.queueMicrotask(() => order.push("first"));
  nodeRuntime.queueMicrotask(() => order.push("second"));
  order.push("now");
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual(["now", "first", "second", "immediate"]);
});

test("a tick comes after all microtasks where one is running, and before any I/O", async () => {
  const order: string[] = [];
  await null;
  setImmediate(() => order.push("immediate"));
  nodeRuntime.nextTick(() => order.push("tick"));
  const deep = async (depth: number): Promise<void> => {
    if (depth > 0) await deep(depth - 1);
  };
  void deep(5).then(() => order.push("awaited"));
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual(["awaited", "tick", "immediate"]);
});

test("an application's error becomes an uncaught exception, without unwinding ours", async () => {
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  try {
    const caught = new Promise((resolve) => process.once("uncaughtException", resolve));
    const error = new Error("thrown by a listener");
    nodeRuntime.reportError(error);
    expect(await caught).toBe(error);
  } finally {
    for (const listener of listeners) process.on("uncaughtException", listener);
  }
});

test.each([
  ["without the permission model", undefined, true, true],
  ["a permission model that knows the network, and allows it", true, true, true],
  ["one that does not allow it", false, true, false],
  ["one that knows no network, as Node's before 25", false, false, true],
])("the network: %s", (_, allows, knows, may) => {
  const permission =
    allows === undefined ? undefined : { has: (scope: string) => scope === "net" && allows };
  const given = { permission, allowedNodeEnvironmentFlags: new Set(knows ? ["--allow-net"] : []) };
  const had = Object.keys(given).map(
    (name) => [name, Object.getOwnPropertyDescriptor(process, name)] as const,
  );
  for (const [name, value] of Object.entries(given))
    Object.defineProperty(process, name, { configurable: true, value });
  try {
    expect(mayUseNetwork()).toBe(may);
  } finally {
    for (const [name, descriptor] of had) {
      Reflect.deleteProperty(process, name);
      if (descriptor !== undefined) Object.defineProperty(process, name, descriptor);
    }
  }
});
