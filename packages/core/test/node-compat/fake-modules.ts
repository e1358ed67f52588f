import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import type { NodeModules } from "../../src/node-compat/node-modules.ts";
import { createTestPlatform } from "../../src/testing/platform.ts";

/** Node's modules, with a runtime that makes its masks by rule. */
export const layer: NodeModules = {
  runtime: {
    platform: createTestPlatform(),
    setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
    clearTimeout: (handle) => {
      clearTimeout(handle as NodeJS.Timeout);
    },
    queueMicrotask: (callback) => {
      queueMicrotask(callback);
    },
    nextTick: (callback) => {
      process.nextTick(callback);
    },
    reportError: (error) => {
      throw error;
    },
  },
  http,
  https,
  http2,
  net,
  tls,
  // A bridge in short: the real one is each adapter's.
  loadFetchBridge: () =>
    Promise.resolve((fetch) => (request, response) => {
      void fetch(new Request(`http://localhost${request.url}`)).then(async (answer) => {
        response
          .writeHead(answer.status, Object.fromEntries(answer.headers))
          .end(await answer.text());
      });
    }),
  setImmediate,
  emitWarning: (text, type) => {
    process.emitWarning(text, type);
  },
};
