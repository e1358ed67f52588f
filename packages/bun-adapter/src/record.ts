import {
  createTraceFolder,
  type TraceFolder,
  type TraceFolderOptions,
} from "@sansocket/core/node-compat";

/**
 * Makes a sink for the option `record`: traces in files of `folder`, which rotate. The environment variable `SANSOCKET_RECORD=folder`
 * does the same for every connection of a process.
 * @throws {UsageError} for an option that is out of range; what `mkdirSync` throws.
 */
export function recordTo(folder: string, options?: TraceFolderOptions): TraceFolder {
  return createTraceFolder(process.getBuiltinModule("node:fs"), process.pid, folder, options);
}

let folder: string | undefined;
let sink: TraceFolder | undefined;

/** Returns the sink of the whole process, where `SANSOCKET_RECORD` names a folder. The variable is read at the first connection. */
export function processRecorder(): TraceFolder | undefined {
  folder ??= process.env["SANSOCKET_RECORD"] ?? "";
  if (folder === "") return undefined;
  return (sink ??= recordTo(folder));
}
