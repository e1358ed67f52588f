import { type ProcessRecorder, processRecorder } from "@sansocket/core/node-compat";

const recorder: ProcessRecorder = processRecorder({
  get fs() {
    return process.getBuiltinModule("node:fs");
  },
  get pid() {
    return process.pid;
  },
  folder() {
    // If it is allowed: asking would stop the program at a prompt.
    const { state } = Deno.permissions.querySync({ name: "env", variable: "SANSOCKET_RECORD" });
    return state === "granted" ? Deno.env.get("SANSOCKET_RECORD") : undefined;
  },
});

/** Makes a sink for the option `record`: traces in files of a folder, which rotate. */
export const recordTo: ProcessRecorder["recordTo"] = recorder.recordTo;
export const processRecord: ProcessRecorder["processRecord"] = recorder.processRecord;
