import type { ClusterParts } from "@sansocket/core/shell";
import { type AdapterApi, adapterApi } from "@sansocket/core/node-compat";
import { connectDirectly } from "./connect-socket.ts";
import { nodeModules } from "./node-modules.ts";

/** The API, built from Node's parts. */
export const api: AdapterApi = adapterApi({
  cluster: () => ({
    cluster: process.getBuiltinModule("node:cluster") as unknown as ClusterParts["cluster"],
    process: process as unknown as ClusterParts["process"],
    isMainThread: process.getBuiltinModule("node:worker_threads").isMainThread,
    BroadcastChannel: BroadcastChannel as unknown as ClusterParts["BroadcastChannel"],
  }),
  modules: nodeModules,
  connectDirectly,
  client: {
    fetch: (url, init) => fetch(url, init),
    setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
    clearTimeout: (handle) => {
      clearTimeout(handle as ReturnType<typeof setTimeout>);
    },
  },
});
