import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { refuseUnsendable } from "../../../../src/shell/websocket/sending/unsendable.ts";

test.each<[string, () => unknown, string]>([
  ["an object", () => ({}), "an object cannot be sent as it is; use sendJSON(), or JSON.stringify"],
  [
    "no prototype",
    () => Object.create(null),
    "an object cannot be sent as it is; use sendJSON(), or JSON.stringify",
  ],
  ["an array", () => [], "an Array cannot be sent as it is; use sendJSON(), or JSON.stringify"],
  [
    "an instance",
    () => new (class Point {})(),
    "a Point cannot be sent as it is; use sendJSON(), or JSON.stringify",
  ],
  [
    "a promise",
    () => Promise.resolve(),
    "a Promise cannot be sent as it is; await it, and send what it gives",
  ],
  [
    "a generator",
    () =>
      (function* () {
        yield "";
      })(),
    "a Generator cannot be sent as it is; use sendStream(), which sends one message while it is iterated",
  ],
  [
    "a stream",
    () => Readable.from([]),
    "a Readable cannot be sent as it is; use sendStream(), which sends one message while the stream gives it",
  ],
  [
    "headers",
    () => new Headers(),
    "a Headers cannot be sent as it is; use sendJSON(Object.fromEntries(…)), or JSON.stringify",
  ],
  [
    "a DOM event",
    () => new MessageEvent("message"),
    "a MessageEvent cannot be sent as it is; send its data",
  ],
  ["a function", () => () => "", "a function cannot be sent; call it, and send what it returns"],
  ["a symbol", () => Symbol.iterator, "a symbol cannot be sent"],
])("%s", (_, make, says) => {
  expect(() => {
    refuseUnsendable(make());
  }).toThrow(`send: ${says}`);
});

test.each([
  ["a number", 1],
  ["null", null],
  ["a bigint", 1n],
  ["a String", new String("x")],
  ["a URL", new URL("http://a")],
  ["a Date", new Date()],
  ["an error", new Error("x")],
  ["what has a text of its own", { toString: () => "mine" }],
])("%s has a text", (_, value) => {
  expect(() => {
    refuseUnsendable(value);
  }).not.toThrow();
});
