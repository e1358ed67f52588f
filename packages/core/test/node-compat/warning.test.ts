import { afterEach, expect, test, vi } from "vitest";
import { layer } from "./fake-modules.ts";
import { warn } from "../../src/node-compat/warning.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const bare = new Error("without a stack");
delete bare.stack;

test.each<[error: unknown, text: RegExp]>([
  [new TypeError("with a stack"), /^TypeError: with a stack\n\s+at /],
  [bare, /^without a stack$/],
  ["thrown text", /^thrown text$/],
  [undefined, /^undefined$/],
])("%s", (error, text) => {
  const emitted = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  warn(layer, error);
  expect(emitted.mock.calls).toEqual([[expect.stringMatching(text), "SansocketWarning"]]);
});
