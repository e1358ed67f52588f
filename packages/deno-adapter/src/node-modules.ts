import type { NodeModules } from "@sansocket/core/node-compat";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { denoRuntime } from "./runtime.ts";
import { mend } from "./tls-reading.ts";

/** Deno's modules of Node's names, in the shape that the shell uses. */
export const nodeModules: NodeModules = {
  runtime: denoRuntime,
  http,
  https,
  get http2() {
    return process.getBuiltinModule("node:http2");
  },
  net,
  tls: {
    createServer: tls.createServer,
    connect: ((...given: Parameters<typeof tls.connect>) =>
      mend(tls.connect(...given))) as typeof tls.connect,
  },
  loadFetchBridge: async () =>
    (await import("./fetch-handler.ts")).toNodeHandler as Awaited<
      ReturnType<NodeModules["loadFetchBridge"]>
    >,
  setImmediate: (callback) => setImmediate(callback),
  emitWarning: (text, type) => {
    process.emitWarning(text, type);
  },
};
