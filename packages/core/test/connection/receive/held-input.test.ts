import { expect, test } from "vitest";
import { HeldInput } from "../../../src/connection/receive/held-input.ts";
import { utf8 } from "../../../src/testing/wire/bytes.ts";

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && Buffer.from(bytes).toString();

test("gives back in order, and what was put back first", () => {
  const held = new HeldInput();
  const bytes = utf8("abcdef");
  held.push(bytes, 0, 2, false);
  held.push(bytes, 2, 4, true);
  expect(text(held.shift())).toBe("ab");
  held.unshift(utf8("b"));
  expect([held.shift(), held.shift(), held.shift()].map(text)).toEqual(["b", "cd", undefined]);
});

test.each([
  [true, "xx"],
  [false, "ab"],
])("memory that is ours (%s) is kept, lent memory copied", (ours, expected) => {
  const held = new HeldInput();
  const bytes = utf8("ab");
  held.push(bytes, 0, 2, ours);
  bytes.fill(0x78);
  expect(text(held.shift())).toBe(expected);
});
