import type { Runtime } from "@sansocket/core/shell";
import { nodePlatform } from "./platform.ts";

/**
 * Node's timers and error reporting, for every connection in the process.
 *
 * Timers do not keep the process alive: the socket they watch does, for exactly as long as the connection needs it,
 * and a process that has let go of its sockets (`socket.unref()`) should not wait thirty seconds for a close timeout.
 */
export const nodeRuntime: Runtime = {
  platform: nodePlatform,
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds).unref(),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  queueMicrotask: (callback) => queueMicrotask(callback),
  // Thrown from a tick of its own: `uncaughtException`, as for any listener that throws in Node.
  reportError: (error) => process.nextTick(() => { throw error; }),
};
