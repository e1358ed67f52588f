/** The rest is the bridge's own, and tested with each adapter's: `packages/node-adapter/test/node-modules.test.ts`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, expect, test, vi } from "vitest";
import {
  bridge,
  type ErrorHandler,
  type FetchHandler,
} from "../../../src/node-compat/server/fetch-bridge.ts";
import { layer } from "../fake-modules.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** The bridge's answer to a request for `target`, or the status of the refusal where that is no URL. */
async function answer(
  fetch: FetchHandler,
  onError?: ErrorHandler,
  target = "/",
): Promise<Response | number> {
  return new Promise((resolve) => {
    const handle = bridge(
      layer,
      (guarded, { trustProxy }) =>
        () => {
          expect(trustProxy).toBe(false);
          resolve(guarded(new Request("http://localhost/")));
        },
      fetch,
      onError,
    );
    handle(
      { url: target, destroy: () => {} } as unknown as IncomingMessage,
      {
        once: () => {},
        writeHead: (status: number) => ({
          end: () => {
            resolve(status);
          },
        }),
      } as unknown as ServerResponse,
    );
  });
}

const emitted = (): string =>
  vi
    .mocked(layer.emitWarning)
    .mock.calls.map(([text]) => text)
    .join("\n");
const boom: FetchHandler = () => {
  throw new Error("secret detail");
};

test("an answer is passed on", async () => {
  expect(await ((await answer(() => new Response("fine"))) as Response).text()).toBe("fine");
});

test.each<
  [
    name: string,
    fetch: FetchHandler,
    onError: ErrorHandler | undefined,
    status: number,
    told: RegExp,
  ]
>([
  ["throws", boom, undefined, 500, /secret detail/],
  ["rejects", () => Promise.reject(new Error("late detail")), undefined, 500, /late detail/],
  [
    "answers with nothing",
    (() => undefined) as unknown as FetchHandler,
    undefined,
    500,
    /expected a Response, got undefined/,
  ],
  ["throws, with a handler of errors", boom, () => new Response("", { status: 503 }), 503, /^$/],
  [
    "throws, and so does the handler of errors",
    boom,
    () => {
      throw new Error("worse");
    },
    500,
    /worse/,
  ],
])("a handler that %s", async (_, fetch, onError, status, told) => {
  vi.spyOn(layer, "emitWarning").mockImplementation(() => {});
  expect(((await answer(fetch, onError)) as Response).status).toBe(status);
  expect(emitted()).toMatch(told);
});

test.each<[target: string, status: number]>([
  ["nonsense", 400],
  ["//[", 200],
  ["ftp://example.com/", 400],
  ["*", 200],
  ["HTTP://x/", 200],
])("the target %s", async (target, status) => {
  const answered = await answer(() => new Response(), undefined, target);
  expect(typeof answered === "number" ? answered : answered.status).toBe(status);
});
