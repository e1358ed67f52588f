import type { NodeModules } from "@sansocket/core/node-compat";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { mayUseNetwork, nodeRuntime } from "./runtime.ts";

/** Node's modules, in the shape that the shell uses. */
export const nodeModules: NodeModules = {
  runtime: nodeRuntime,
  http,
  https,
  get http2() {
    return process.getBuiltinModule("node:http2");
  },
  net,
  tls,
  // Bundled, not depended on: docs/decisions/0005-fetch-bridge.md.
  loadFetchBridge: async () =>
    (await import("./fetch-handler.ts")).toNodeHandler as Awaited<
      ReturnType<NodeModules["loadFetchBridge"]>
    >,
  setImmediate: (callback) => setImmediate(callback),
  emitWarning: (text, type) => {
    process.emitWarning(text, type);
  },
  mayUseNetwork,
  lacks: hasReusePort(process.versions.node)
    ? {}
    : {
        reusePort: `Node ${process.versions.node} does not have it; 22.12 and 23.1 do. Or use node:cluster`,
      },
};

/** Since 23.1, and 22.12 of the line before. */
function hasReusePort(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}
