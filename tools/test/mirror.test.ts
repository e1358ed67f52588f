/** Every source file has its test file, at the same place under `test/`, and a name that says what is in it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Files, and folders of files, whose tests stand elsewhere: where, and why. */
const elsewhere: Readonly<Record<string, readonly [test: string, reason: string]>> = {
  "packages/core/src/platform.ts": [
    "packages/node-adapter/test/platform.test.ts",
    "three numbers, which each adapter's platform returns",
  ],
  "packages/core/src/lifecycle/tables": [
    "packages/core/test/tools/render-tables.test.ts",
    "generated; compared there with what generates them",
  ],
  "packages/core/src/trace/record/actions.ts": [
    "packages/core/test/trace/record/websocket.test.ts",
    "what is recorded is replayed there, and by the fuzzer",
  ],
  "packages/core/src/trace/record/choice.ts": [
    "packages/core/test/trace/record/websocket.test.ts",
    "what is recorded is replayed there, and by the fuzzer",
  ],
  "packages/core/src/trace/record/connection.ts": [
    "packages/core/test/trace/record/websocket.test.ts",
    "what is recorded is replayed there, and by the fuzzer",
  ],
  "packages/core/src/trace/record/extensions.ts": [
    "packages/core/test/trace/record/websocket.test.ts",
    "what is recorded is replayed there, and by the fuzzer",
  ],
  "packages/core/src/trace/record/platform.ts": [
    "packages/core/test/trace/record/websocket.test.ts",
    "what is recorded is replayed there, and by the fuzzer",
  ],
  "packages/core/src/trace/record/recording.ts": [
    "packages/core/test/trace/record/websocket.test.ts",
    "what is recorded is replayed there, and by the fuzzer",
  ],
  "packages/core/src/trace/replay/actions.ts": [
    "packages/core/test/trace/replay/replay.test.ts",
    "parts of one thing, which the fuzzer uses too",
  ],
  "packages/core/src/trace/replay/event-stream.ts": [
    "packages/core/test/trace/replay/replay.test.ts",
    "parts of one thing, which the fuzzer uses too",
  ],
  "packages/core/src/trace/replay/extensions.ts": [
    "packages/core/test/trace/replay/replay.test.ts",
    "parts of one thing, which the fuzzer uses too",
  ],
  "packages/core/src/trace/replay/platform.ts": [
    "packages/core/test/trace/replay/replay.test.ts",
    "parts of one thing, which the fuzzer uses too",
  ],
  "packages/core/src/trace/replay/player.ts": [
    "packages/core/test/trace/replay/replay.test.ts",
    "parts of one thing, which the fuzzer uses too",
  ],
  "packages/core/src/trace/replay/written.ts": [
    "packages/core/test/trace/replay/replay.test.ts",
    "parts of one thing, which the fuzzer uses too",
  ],
  "packages/core/src/trace/explain/advice.ts": [
    "packages/core/test/trace/explain/close.test.ts",
    "a table: each row is shown there",
  ],
  "packages/core/src/lint": [
    "packages/core/test/lint/lint.test.ts",
    "what it finds in files that hold one fault each; TLS and HTTP/2 in packages/node-adapter/test/cli/lint.test.ts",
  ],
  "packages/core/src/shell/diagnostics": [
    "packages/node-adapter/test/diagnostics.test.ts",
    "they tell of real sockets; the reader of frames has a test of its own",
  ],
  "packages/core/src/shell/websocket/driving/drive.ts": [
    "packages/core/test/shell/websocket/driver.test.ts",
    "it makes drivers, and is used there",
  ],
  "packages/core/src/testing/network": [
    "packages/core/test/testing/network/network.test.ts",
    "one thing: what is no file of its own beside it is seen there, and in pair.test.ts",
  ],
  "packages/core/src/shell/ws": [
    "packages/node-adapter/test/ws/behaviour.test.ts",
    "an API over sockets: it is compared with the original's",
  ],
  "packages/node-adapter/src/cli": [
    "packages/node-adapter/test/cli/connect.test.ts",
    "a command: it is built and run, as those beside it are",
  ],
  "packages/node-adapter/src/ws.ts": [
    "packages/node-adapter/test/ws/behaviour.test.ts",
    "it is compared with the original",
  ],
  "packages/node-adapter/src/adapter.ts": [
    "packages/core/test/node-compat/adapter.test.ts",
    "what it is built by is tested there, and each export by the suites",
  ],
  "packages/node-adapter/src/commonjs.ts": [
    "packages/node-adapter/test/cjs.test.ts",
    "what `require` gives, compared there with what `import` does",
  ],
  "packages/node-adapter/src/api.ts": [
    "packages/core/test/node-compat/adapter.test.ts",
    "what it is built by is tested there, and each export by the suites",
  ],
  "packages/bun-adapter/src/api.ts": [
    "packages/core/test/node-compat/adapter.test.ts",
    "what it is built by is tested there, and each export by the suites",
  ],
  "packages/deno-adapter/src/api.ts": [
    "packages/core/test/node-compat/adapter.test.ts",
    "what it is built by is tested there, and each export by the suites",
  ],
  "packages/bun-adapter/src/record.ts": [
    "examples/test/traces.test.ts",
    "what it records is replayed on each runtime",
  ],
  "packages/deno-adapter/src/record.ts": [
    "examples/test/traces.test.ts",
    "what it records is replayed on each runtime",
  ],
  "packages/core/src/shell/reconnect": [
    "packages/core/testing/topics/coming-back.ts",
    "it is nothing without a server: a suite that each adapter runs",
  ],
  "packages/core/src/node-compat/client/reconnecting.ts": [
    "packages/core/testing/topics/coming-back.ts",
    "it is nothing without a server: a suite that each adapter runs",
  ],
  "packages/core/src/shell/topics": [
    "packages/core/testing/topics/subscriptions.ts",
    "it is nothing without sockets: suites that each adapter runs",
  ],
  "packages/core/src/shell/topics/brokers": [
    "packages/node-adapter/test/peers/backplanes.test.ts",
    "it is nothing without a broker",
  ],
  "packages/core/src/shell/transport/transport.ts": [
    "packages/core/test/shell/transport/duplex.test.ts",
    "an interface, and what is said by those who have it",
  ],
  "packages/core/src/testing/suites/contract": [
    "packages/node-adapter/test/suites/contract.test.ts",
    "a suite: it is run, against each adapter",
  ],
  "packages/core/src/testing/suites/contract.ts": [
    "packages/node-adapter/test/suites/contract.test.ts",
    "the list of the suite",
  ],
  "packages/core/src/testing/suites/sse-client": [
    "packages/node-adapter/test/sse/client.test.ts",
    "a suite: it is run, against each adapter",
  ],
  "packages/core/src/testing/suites/sse-client.ts": [
    "packages/node-adapter/test/sse/client.test.ts",
    "a suite: it is run, against each adapter",
  ],
  "packages/core/src/testing/suites/sse-stream.ts": [
    "packages/node-adapter/test/sse/event-stream.test.ts",
    "a suite: it is run, against each adapter",
  ],
  "packages/core/src/testing/suites/conformance": [
    "packages/node-adapter/test/suites/conformance.test.ts",
    "a suite: it is run, against each adapter",
  ],
  "packages/core/src/testing/suites/conformance.ts": [
    "packages/node-adapter/test/suites/conformance.test.ts",
    "the list of the suite",
  ],
  "packages/core/src/node-compat/server/serve.ts": [
    "packages/node-adapter/test/server/serve.test.ts",
    "it is nothing without a runtime's modules: tested with Node's",
  ],
  "packages/core/src/node-compat/server/listen.ts": [
    "packages/node-adapter/test/server/listen.test.ts",
    "it is nothing without a runtime's modules: tested with Node's",
  ],
  "packages/core/src/node-compat/client/connect.ts": [
    "packages/node-adapter/test/websocket/connect.test.ts",
    "it is nothing without a runtime's modules: tested with Node's",
  ],
  "packages/core/src/node-compat/server/upgrade.ts": [
    "packages/node-adapter/test/server/upgrade.test.ts",
    "it is nothing without a runtime's modules: tested with Node's",
  ],
  "packages/core/src/node-compat/constructors/websocket.ts": [
    "packages/node-adapter/test/websocket/websocket.test.ts",
    "it is nothing without a runtime's modules: tested with Node's",
  ],
  "packages/core/src/node-compat/constructors/client.ts": [
    "packages/node-adapter/test/websocket/client.test.ts",
    "it is nothing without a runtime's modules: tested with Node's",
  ],
  "packages/core/src/node-compat/client/dispatcher.ts": [
    "packages/node-adapter/test/peers/dispatcher.test.ts",
    "it is nothing without undici",
  ],
  "packages/core/src/node-compat/client/own-socket.ts": [
    "packages/core/testing/client/ways.ts",
    "a suite over real sockets, which each adapter runs",
  ],
  "packages/core/src/node-compat/client/proxy.ts": [
    "packages/core/testing/client/ways.ts",
    "a suite over real sockets, which each adapter runs",
  ],
  "packages/core/src/node-compat/client/connector.ts": [
    "packages/core/testing/client/ways.ts",
    "a suite over real sockets, which each adapter runs",
  ],
  "packages/core/src/node-compat/constructors/event-source.ts": [
    "packages/node-adapter/test/sse/event-source.test.ts",
    "it is nothing without a runtime's modules: tested with Node's",
  ],
  "packages/core/src/node-compat/http2/server.ts": [
    "packages/node-adapter/test/http2/serve.test.ts",
    "it is nothing without a runtime's modules: tested with Node's",
  ],
  "packages/core/src/node-compat/http2/sessions.ts": [
    "packages/node-adapter/test/http2/serve.test.ts",
    "it is nothing without a runtime's modules: tested with Node's",
  ],
  "packages/core/src/node-compat/http2/client.ts": [
    "packages/node-adapter/test/http2/connect.test.ts",
    "it is nothing without a runtime's modules: tested with Node's",
  ],
  "packages/core/src/node-compat/http2/pool.ts": [
    "packages/node-adapter/test/http2/connect.test.ts",
    "it is nothing without a runtime's modules: tested with Node's",
  ],
  "packages/node-adapter/src/fetch-handler.ts": [
    "packages/node-adapter/test/node-modules.test.ts",
    "a name of what is made elsewhere",
  ],
  "packages/deno-adapter/src/fetch-handler.ts": [
    "examples/test/examples.test.ts",
    "what matters is what it does without permissions, built",
  ],
  "packages/bun-adapter/src/fetch-handler.ts": [
    "examples/test/examples.test.ts",
    "a name of what is made elsewhere",
  ],
};
const isElsewhere = (path: string): boolean =>
  Object.keys(elsewhere).some((row) => path === row || path.startsWith(`${row}/`));

const sources = ["core", "node-adapter", "deno-adapter", "bun-adapter"].flatMap((name) =>
  readdirSync(`${root}packages/${name}/src`, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.c?ts$/.test(path))
    .map((path) => `packages/${name}/src/${path}`),
);

/** Whether nothing is left of a file once its types are erased. */
function isErased(path: string): boolean {
  const { outputText } = ts.transpileModule(readFileSync(root + path, "utf8"), {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      removeComments: true,
    },
  });
  return outputText.replace(/export \{ *\};?/g, "").trim() === "";
}

const mirrored = sources.filter(
  (path) => !/\/index\.c?ts$/.test(path) && !isElsewhere(path) && !isErased(path),
);

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
  expect(sources.filter((path) => /\/(utils?|helpers?|common|types|misc)\.ts$/.test(path))).toEqual(
    [],
  );
});
