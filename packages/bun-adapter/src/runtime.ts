import { createHmac } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import type { Compression } from "@sansocket/core";
import { createZlibCompression, diagnosticsBy, type Runtime } from "@sansocket/core/shell";
import { bunPlatform } from "./platform.ts";
import { processRecord } from "./record.ts";

let compression: Compression | undefined;

/** Bun's timers and error reporting, for every connection in the process. Timers do not keep the process alive: the sockets they watch do. */
export const bunRuntime: Runtime = {
  platform: bunPlatform,
  // Read at each use: the package loads in other runtimes too, which lack the global.
  get name() {
    return `bun ${Bun.version}`;
  },
  get record() {
    return processRecord();
  },
  diagnostics: diagnosticsBy(channel),
  // Loaded at first use.
  get compression() {
    return (compression ??= createZlibCompression(process.getBuiltinModule("node:zlib")));
  },
  hmacSha256: (key, bytes) => createHmac("sha256", key).update(bytes).digest(),
  setTimeout: (callback, milliseconds) =>
    (setTimeout(callback, milliseconds) as unknown as { unref(): unknown }).unref(),
  clearTimeout: (handle) => {
    clearTimeout(handle as ReturnType<typeof setTimeout>);
  },
  queueMicrotask: (callback) => {
    queueMicrotask(callback);
  },
  nextTick: (callback) => {
    process.nextTick(callback);
  },
  // Thrown from a microtask of its own: `uncaughtException`, as for any listener that throws.
  reportError: (error) => {
    queueMicrotask(() => {
      throw error;
    });
  },
};
