import type { Runtime } from "@sansocket/core/shell";
import { denoPlatform } from "./platform.ts";

/** Deno's timers and error reporting, for every connection in the process. Timers do not keep the process alive: what they watch does. */
export const denoRuntime: Runtime = {
  platform: denoPlatform,
  setTimeout: (callback, milliseconds) => (setTimeout(callback, milliseconds) as unknown as { unref(): unknown }).unref(),
  clearTimeout: (handle) => { clearTimeout(handle as ReturnType<typeof setTimeout>); },
  queueMicrotask: (callback) => { queueMicrotask(callback); },
  reportError: (error) => { reportError(error); },
};
