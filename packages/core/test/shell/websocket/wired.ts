import { type Duplex, duplexPair } from "node:stream";
import type { Runtime } from "../../../src/shell/runtime/runtime.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";

/** A runtime whose errors are kept. */
export function testRuntime(): Runtime & { readonly reported: unknown[] } {
  const reported: unknown[] = [];
  return {
    platform: createTestPlatform(),
    setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
    clearTimeout: (handle) => {
      clearTimeout(handle as NodeJS.Timeout);
    },
    queueMicrotask,
    nextTick: (callback: () => void) => {
      process.nextTick(callback);
    },
    reportError: (error) => {
      reported.push(error);
    },
    reported,
  };
}

/** Two ends of a wire; what the far end receives is kept as text. */
export function wire(): { near: Duplex; far: Duplex; received: () => string } {
  const [near, far] = duplexPair({ allowHalfOpen: true });
  const chunks: Buffer[] = [];
  far.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => {});
  return { near, far, received: () => Buffer.concat(chunks).toString("latin1") };
}

/** Lets streams and promises run until nothing is left to do. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
}
