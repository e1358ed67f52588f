import { expect, test } from "vitest";
import { PongCallbacks } from "../../../src/shell/websocket/pong-callbacks.ts";

test("a callback is taken once, by the payload it waits for", () => {
  const callbacks = new PongCallbacks();
  const first = (): void => {};
  const second = (): void => {};
  const empty = (): void => {};
  const bytes = Uint8Array.of(0, 255, 1);
  callbacks.add(bytes, first);
  callbacks.add(bytes, second);
  callbacks.add(undefined, empty);
  expect(callbacks.take(Uint8Array.of(9, 0, 255, 1, 9), 1, 4)).toBe(second);
  expect(callbacks.take(bytes, 0, 3)).toBeUndefined();
  expect(callbacks.take(bytes, 1, 1)).toBe(empty);
});

// Names that an object literal would find in its prototype.
test.each(["__proto__", "toString", "constructor"])("a pong of %s finds nothing", (name) => {
  expect(new PongCallbacks().take(new TextEncoder().encode(name), 0, name.length)).toBeUndefined();
});

test("of those that are never answered the youngest 1024 are kept", () => {
  const callbacks = new PongCallbacks();
  const called: string[] = [];
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const add = (text: string): void => {
    callbacks.add(bytes(text), () => called.push(text));
  };
  const answer = (text: string): void => {
    callbacks.take(bytes(text), 0, text.length)?.();
  };
  for (let i = 0; i < 1024; i++) add(`${i}`);
  add("0"); // anew: 1 is the oldest now
  add("1024");
  for (const text of ["0", "1", "2", "1024"]) answer(text);
  expect(called).toEqual(["0", "2", "1024"]);
});
