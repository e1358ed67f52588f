import { createHmac } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import type { Compression } from "@sansocket/core";
import { createZlibCompression, diagnosticsBy, type Runtime } from "@sansocket/core/shell";
import { nodePlatform } from "./platform.ts";
import { processRecord } from "./record.ts";

let compression: Compression | undefined;

/**
 * Node's timers and error reporting, for every connection in the process.
 *
 * Timers do not keep the process alive: the socket they watch does, for exactly as long as the connection needs it,
 * and a process that has let go of its sockets (`socket.unref()`) should not wait thirty seconds for a close timeout.
 */
export const nodeRuntime: Runtime = {
  platform: nodePlatform,
  name: `node ${process.versions.node}`,
  get record() {
    return processRecord();
  },
  diagnostics: diagnosticsBy(channel),
  // Loading `node:zlib` takes some milliseconds, which applications without compression should not pay.
  get compression() {
    return (compression ??= createZlibCompression(process.getBuiltinModule("node:zlib")));
  },
  hmacSha256: (key, bytes) => createHmac("sha256", key).update(bytes).digest(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds).unref(),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  queueMicrotask: (callback) => queueMicrotask(callback),
  nextTick: (callback) => process.nextTick(callback),
  // Thrown from a tick of its own: `uncaughtException`, as for any listener that throws in Node.
  reportError: (error) =>
    process.nextTick(() => {
      throw error;
    }),
};

/** Whether the permission model lets this process use the network. Before Node 25 the model has no such permission, and answers false. */
export const mayUseNetwork = (): boolean =>
  process.permission === undefined ||
  !process.allowedNodeEnvironmentFlags.has("--allow-net") ||
  process.permission.has("net");
