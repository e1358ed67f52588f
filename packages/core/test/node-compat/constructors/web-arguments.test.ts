/** URLs and subprotocols as a browser's constructor takes them. `testing/client/web-platform.ts` has those that it refuses. */
import { expect, test } from "vitest";
import {
  isAddress,
  readAddress,
  readNames,
} from "../../../src/node-compat/constructors/web-arguments.ts";

test.each([
  ["ws://a", "ws://a/"],
  ["WSS://A:443/b c?d", "wss://a/b%20c?d"],
  ["http://a:80/", "ws://a/"],
  ["https://a:443/x", "wss://a/x"],
  ["https://u:p@a:8443", "wss://u:p@a:8443/"],
  ["ws+unix:/run/app.sock:/chat", "ws+unix:/run/app.sock:/chat"],
  [new URL("http://a/b"), "ws://a/b"],
])("%s", (address, url) => {
  expect(readAddress(address)).toBe(url);
});

test.each(["a", "ftp://a/", "ws://a/#", "", "ws://", "javascript:1"])(
  "%j is refused",
  (address) => {
    let error: unknown;
    try {
      readAddress(address);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(DOMException);
    expect(String(error)).toMatch(/^SyntaxError: Failed to construct 'WebSocket': .*URL|fragment/);
  },
);

test("subprotocols: none, one, several", () => {
  expect([undefined, null, [], "a", ["a", "b"]].map(readNames)).toEqual([
    [],
    [],
    [],
    ["a"],
    ["a", "b"],
  ]);
  for (const wrong of ["a, b", "", ["a", "A"], [""]])
    expect(() => readNames(wrong)).toThrow(/^Failed to construct 'WebSocket': /);
});

test("what is an address, and what a request", () => {
  expect(["ws://a", new URL("ws://a"), { headers: {} }, null, undefined, 1].map(isAddress)).toEqual(
    [true, true, false, false, false, false],
  );
});
