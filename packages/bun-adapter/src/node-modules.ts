import type { NodeModules } from "@sansocket/core/node-compat";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { bunRuntime } from "./runtime.ts";

/** Bun's modules of Node's names, in the shape that the shell uses. */
export const nodeModules: NodeModules = {
  runtime: bunRuntime,
  http,
  https,
  get http2() {
    return process.getBuiltinModule("node:http2");
  },
  net,
  tls,
  loadFetchBridge: async () =>
    (await import("./fetch-handler.ts")).toNodeHandler as Awaited<
      ReturnType<NodeModules["loadFetchBridge"]>
    >,
  setImmediate: (callback) => setImmediate(callback),
  emitWarning: (text, type) => {
    process.emitWarning(text, type);
  },
  lacks: {
    fd: "Bun does not listen on a descriptor. Let systemd connect by systemd-socket-proxyd, or use Node or Deno",
    reusePort: "Bun's node:http does not have it; listen() does. Or use node:cluster",
  },
};
