import { channel } from "node:diagnostics_channel";
import type { Compression } from "@sansocket/core";
import { createZlibCompression, diagnosticsBy, type Runtime } from "@sansocket/core/shell";
import { denoPlatform } from "./platform.ts";
import { processRecord } from "./record.ts";
import { mend } from "./tls-reading.ts";

let compression: Compression | undefined;

/** Deno's timers and error reporting, for every connection in the process. Timers do not keep the process alive: the sockets they watch do. */
export const denoRuntime: Runtime = {
  platform: denoPlatform,
  // Read at each use: the package loads in other runtimes too, which lack the global.
  get name() {
    return `deno ${Deno.version.deno}`;
  },
  get record() {
    return processRecord();
  },
  diagnostics: diagnosticsBy(channel),
  // Loaded at first use.
  get compression() {
    return (compression ??= createZlibCompression(process.getBuiltinModule("node:zlib")));
  },
  hmacSha256: (key, bytes) =>
    process.getBuiltinModule("node:crypto").createHmac("sha256", key).update(bytes).digest(),
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
  prepareStream: mend,
  reportError: (error) => {
    reportError(error);
  },
};
