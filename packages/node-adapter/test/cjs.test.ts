/** `require("@sansocket/node-adapter")` without a build: the CommonJS entry, over the sources. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as commonjs from "../src/commonjs.ts";
import * as adapter from "../src/index.ts";

function required(): any {
  const source = readFileSync(new URL("../cjs/index.cjs", import.meta.url), "utf8");
  const module: { exports: unknown } = { exports: {} };
  new Function("require", "module", source)(() => commonjs, module);
  return module.exports;
}

test("require gives the class, with every other name as a static", () => {
  const WebSocket = required();
  expect(WebSocket).toBe(adapter.WebSocket);
  for (const [name, value] of Object.entries(adapter)) expect(WebSocket[name], name).toBe(value);
  expect([
    WebSocket.default,
    WebSocket.WebSocket,
    WebSocket.__esModule,
    WebSocket.length,
    WebSocket.Client.length,
  ]).toEqual([WebSocket, WebSocket, undefined, 5, 3]);
});

test("a compiled default import finds the class", () => {
  const interop = (module: any): any => (module?.__esModule ? module : { default: module });
  expect(interop(required()).default.Client).toBe(adapter.Client);
});

test("the types by hand name what the sources export", () => {
  const types = readFileSync(new URL("../cjs/index.d.cts", import.meta.url), "utf8");
  const sources = ["../src/index.ts", "../../core/src/public/index.ts"].map((path) =>
    readFileSync(new URL(path, import.meta.url), "utf8"),
  );
  const exported =
    sources
      .join("\n")
      .replaceAll(/\w+ as default,?/g, "")
      .match(/(?<=[{,]\s*(?:type )?)\b[A-Z]\w*[a-z]\w*(?=[\s,}])/g) ?? []; // constants are no types
  expect(exported.length).toBeGreaterThan(80);
  for (const name of exported) expect(types, name).toMatch(new RegExp(`export type ${name}\\b`));
});
