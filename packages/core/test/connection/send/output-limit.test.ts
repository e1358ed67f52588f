import { expect, test } from "vitest";
import { allows, exceeds, fits, lift } from "../../../src/connection/send/output-limit.ts";

test("allows what waits up to the limit", () => {
  const limit = { most: 100, lifted: 0 };
  expect([100, 101].map((waiting) => allows(limit, waiting))).toEqual([true, false]);
  expect([86, 87].map((size) => fits(limit, size, 0))).toEqual([true, false]);
});

test("a message larger than the limit lifts it, where little waits, until so much has left", () => {
  const limit = { most: 800, lifted: 0 };
  expect([786, 787].map((size) => exceeds(limit, size))).toEqual([false, true]);
  lift(limit, 5000, 101);
  expect(allows(limit, 801)).toBe(false);
  lift(limit, 5000, 100);
  expect([5214, 5215].map((waiting) => allows(limit, waiting))).toEqual([true, false]);
  expect([200, 201].map((size) => fits(limit, size, 5000))).toEqual([true, false]);
  expect(allows(limit, 800)).toBe(true);
  expect(allows(limit, 801)).toBe(false);
});

test("little is 64 KiB at most", () => {
  const limit = { most: 16_777_216, lifted: 0 };
  lift(limit, 20_000_000, 65_537);
  expect(allows(limit, 20_000_000)).toBe(false);
  lift(limit, 20_000_000, 65_536);
  expect(allows(limit, 20_000_000)).toBe(true);
});
