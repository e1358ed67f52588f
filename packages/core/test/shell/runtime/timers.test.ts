import { expect, test } from "vitest";
import { Timers } from "../../../src/shell/runtime/timers.ts";
import { HandRuntime } from "./hand-runtime.ts";

test("by name: set replaces, clear stops, what is due is told with its delay", () => {
  const runtime = new HandRuntime();
  const due: string[] = [];
  const timers = new Timers(runtime, (timer, milliseconds) => {
    due.push(`${timer} ${milliseconds}`);
  });
  timers.set("close", 10);
  timers.set("ping", 20);
  timers.set("close", 30);
  expect(runtime.running).toEqual([20, 30]);
  expect(timers.clear("handshake")).toBe(2);
  runtime.wind(30);
  expect(due).toEqual(["ping 20", "close 30"]);
  timers.set("pong", 5);
  expect(timers.clear("pong")).toBe(0);
  expect(runtime.running).toEqual([]);
});

test("a timer may be set again when it is due", () => {
  const runtime = new HandRuntime();
  const due: string[] = [];
  const timers: Timers = new Timers(runtime, (timer, milliseconds) => {
    due.push(timer);
    if (due.length < 3) timers.set(timer, milliseconds);
  });
  timers.set("ping", 10);
  runtime.wind(100);
  expect(due).toEqual(["ping", "ping", "ping"]);
  expect(runtime.running).toEqual([]);
});
