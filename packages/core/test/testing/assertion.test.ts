import { expect, test } from "vitest";
import { AssertionFailure, equal, eventually, ok, within } from "../../src/testing/assertion.ts";

test.each<[name: string, actual: unknown, expected: unknown]>([
  ["numbers", 1, 1],
  ["bytes of another class", Buffer.from("ab"), Uint8Array.of(97, 98)],
  ["lists, with bytes in them", ["a", Uint8Array.of(1)], ["a", Buffer.of(1)]],
  ["not-a-number", NaN, NaN],
])("%s that are the same", (_, actual, expected) => {
  equal(actual, expected, "x");
});

test.each<[name: string, actual: unknown, expected: unknown, says: string]>([
  ["numbers", 1, 2, "x: expected 2, got 1"],
  ["a number and its text", 1, "1", 'x: expected "1", got 1'],
  [
    "bytes",
    Uint8Array.of(1, 2),
    Uint8Array.of(1, 3),
    "x: expected 2 bytes <01 03>, got 2 bytes <01 02>",
  ],
  [
    "bytes of another length",
    Uint8Array.of(1),
    new Uint8Array(30),
    "x: expected 30 bytes <00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 …>, got 1 bytes <01>",
  ],
  ["lists", [1, 2], [1], "x: expected [1], got [1, 2]"],
  [
    "long lists",
    [],
    Array.from({ length: 10 }, () => 0),
    "x: expected [0, 0, 0, 0, 0, 0, 0, 0, … 10], got []",
  ],
  ["long texts", "", "y".repeat(200), `x: expected "${"y".repeat(119)}… (202), got ""`],
])("%s that differ", (_, actual, expected, says) => {
  expect(() => {
    equal(actual, expected, "x");
  }).toThrow(new AssertionFailure(says));
});

test("a condition", () => {
  ok(true, "holds");
  expect(() => {
    ok(false, "does not hold");
  }).toThrow(new AssertionFailure("does not hold"));
});

test("what is waited for comes, fails, or is late", async () => {
  await expect(within(Promise.resolve(1), "x")).resolves.toBe(1);
  await expect(within(Promise.reject(new Error("no")), "x")).rejects.toThrow("no");
  await expect(within(new Promise(() => {}), "x", 1)).rejects.toThrow("waited 1 ms for x");
  let looks = 0;
  await eventually(() => ++looks === 3, "x");
  await expect(eventually(() => false, "x", 1)).rejects.toThrow("waited 1 ms for x");
});
