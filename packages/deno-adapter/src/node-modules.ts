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
  deniedAddress,
  emitWarning: (text, type) => {
    process.emitWarning(text, type);
  },
};

/** Asks the user where `listen` would: for the same address, and with the same words where the answer is no. */
function deniedAddress(ip: string, port: number): Error | undefined {
  const host = `${ip.includes(":") ? `[${ip}]` : ip}:${port}`;
  if (Deno.permissions.requestSync({ name: "net", host }).state === "granted") return undefined;
  return new Deno.errors.NotCapable(
    `Requires net access to "${host}", run again with the --allow-net flag`,
  );
}
