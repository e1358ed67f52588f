import type { Platform } from "../../platform.ts";
import type { Runtime } from "../../shell/runtime/runtime.ts";
import { createTestPlatform } from "../platform.ts";
import type { Clock } from "./clock.ts";

/** A network's runtime: its own clock, and random values that repeat with the seed. */
export function runtimeOn(clock: Clock, seed: number): Runtime {
  const platform: Platform = {
    ...createTestPlatform(),
    randomFill: chance(seed),
    now: () => clock.now,
  };
  return {
    platform,
    name: "test",
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
    queueMicrotask: (callback) => {
      queueMicrotask(callback);
    },
    nextTick: (callback) => {
      queueMicrotask(callback);
    },
    reportError: clock.fail,
  };
}

/** Fills bytes by the generator mulberry32. */
function chance(seed: number): Platform["randomFill"] {
  let state = seed >>> 0;
  return (bytes) => {
    for (let at = 0; at < bytes.length; at++) {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      bytes[at] = (mixed ^ (mixed >>> 14)) >>> 24;
    }
  };
}
