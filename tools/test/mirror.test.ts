/** Every source file has its test file, at the same place under `test/`, and a name that says what is in it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Files, and folders of files, whose tests stand elsewhere: where, and why. */
const elsewhere: Readonly<Record<string, readonly [test: string, reason: string]>> = {
  "packages/core/src/platform.ts": ["packages/node-adapter/test/platform.test.ts", "three numbers, which each adapter's platform returns"],
  "packages/core/src/shell/transport.ts": ["packages/core/test/shell/duplex-transport.test.ts", "an interface, and what is said by those who have it"],
  "packages/core/src/testing/contract": ["packages/node-adapter/test/contract.test.ts", "a suite: it is run, against each adapter"],
  "packages/core/src/testing/contract.ts": ["packages/node-adapter/test/contract.test.ts", "the list of the suite"],
  "packages/core/src/testing/event-source-client.ts": ["packages/node-adapter/test/event-source-client.test.ts", "a suite: it is run, against each adapter"],
  "packages/core/src/testing/event-stream.ts": ["packages/node-adapter/test/event-stream.test.ts", "a suite: it is run, against each adapter"],
  "packages/core/src/testing/conformance": ["packages/node-adapter/test/conformance.test.ts", "a suite: it is run, against each adapter"],
  "packages/core/src/testing/conformance.ts": ["packages/node-adapter/test/conformance.test.ts", "the list of the suite"],
  "packages/core/src/shell/node-layer/serve.ts": ["packages/node-adapter/test/serve.test.ts", "it is nothing without a runtime's modules: tested with Node's"],
  "packages/core/src/shell/node-layer/listen.ts": ["packages/node-adapter/test/listen.test.ts", "it is nothing without a runtime's modules: tested with Node's"],
  "packages/core/src/shell/node-layer/connect.ts": ["packages/node-adapter/test/connect.test.ts", "it is nothing without a runtime's modules: tested with Node's"],
  "packages/core/src/shell/node-layer/upgrade.ts": ["packages/node-adapter/test/upgrade.test.ts", "it is nothing without a runtime's modules: tested with Node's"],
  "packages/core/src/shell/node-layer/websocket-constructor.ts": ["packages/node-adapter/test/websocket.test.ts", "it is nothing without a runtime's modules: tested with Node's"],
  "packages/core/src/shell/node-layer/client-constructor.ts": ["packages/node-adapter/test/client.test.ts", "it is nothing without a runtime's modules: tested with Node's"],
  "packages/core/src/shell/node-layer/dispatcher-wire.ts": ["packages/node-adapter/test/peers/dispatcher.test.ts", "it is nothing without undici"],
  "packages/core/src/shell/node-layer/own-socket.ts": ["packages/core/test/adapter/client-ways.ts", "a suite over real sockets, which each adapter runs"],
  "packages/core/src/shell/node-layer/proxy.ts": ["packages/core/test/adapter/client-ways.ts", "a suite over real sockets, which each adapter runs"],
  "packages/core/src/shell/node-layer/reach.ts": ["packages/core/test/adapter/client-ways.ts", "a suite over real sockets, which each adapter runs"],
  "packages/core/src/shell/node-layer/event-source-constructor.ts": ["packages/node-adapter/test/event-source.test.ts", "it is nothing without a runtime's modules: tested with Node's"],
  "packages/core/src/shell/node-layer/http2-server.ts": ["packages/node-adapter/test/http2.serve.test.ts", "it is nothing without a runtime's modules: tested with Node's"],
  "packages/core/src/shell/node-layer/http2-sessions.ts": ["packages/node-adapter/test/http2.serve.test.ts", "it is nothing without a runtime's modules: tested with Node's"],
  "packages/core/src/shell/node-layer/http2-client.ts": ["packages/node-adapter/test/http2.connect.test.ts", "it is nothing without a runtime's modules: tested with Node's"],
  "packages/core/src/shell/node-layer/http2-pool.ts": ["packages/node-adapter/test/http2.connect.test.ts", "it is nothing without a runtime's modules: tested with Node's"],
  "packages/node-adapter/src/fetch-handler.ts": ["packages/node-adapter/test/node-layer.test.ts", "a name of what is made elsewhere"],
  "packages/deno-adapter/src/fetch-handler.ts": ["examples/test/examples.test.ts", "what matters is what it does without permissions, built"],
  "packages/bun-adapter/src/fetch-handler.ts": ["examples/test/examples.test.ts", "a name of what is made elsewhere"],
  "packages/node-adapter/src/sockets.ts": ["packages/node-adapter/test/websocket.test.ts", "names for what is made elsewhere"],
};
const isElsewhere = (path: string): boolean => Object.keys(elsewhere).some((row) => path === row || path.startsWith(`${row}/`));

const sources = ["core", "node-adapter", "deno-adapter", "bun-adapter"].flatMap((name) =>
  readdirSync(`${root}packages/${name}/src`, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.c?ts$/.test(path))
    .map((path) => `packages/${name}/src/${path}`));

/** Whether nothing is left of a file once its types are erased. */
function isErased(path: string): boolean {
  const { outputText } = ts.transpileModule(readFileSync(root + path, "utf8"), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true, removeComments: true },
  });
  return outputText.replace(/export \{ *\};?/g, "").trim() === "";
}

const mirrored = sources.filter((path) => !/\/index\.c?ts$/.test(path) && !isElsewhere(path) && !isErased(path));

describe("the tests mirror the sources", () => {
  test.each(mirrored)("%s", (path) => {
    const mirror = path.replace("/src/", "/test/").replace(/\.(c?ts)$/, ".test.ts");
    expect(existsSync(root + mirror), `${mirror} is missing`).toBe(true);
  });
  test.each(Object.entries(elsewhere))("%s is tested elsewhere", (path, [file]) => {
    expect(existsSync(root + path), "a row for a file that is gone").toBe(true);
    expect(existsSync(root + file)).toBe(true);
  });
});

test("no file is named for what it has no name for", () => {
  expect(sources.filter((path) => /\/(utils?|helpers?|common|types|misc)\.ts$/.test(path))).toEqual([]);
});
