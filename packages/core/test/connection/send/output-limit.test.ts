import { expect, test } from "vitest";
import { OutputLimit } from "../../../src/connection/send/output-limit.ts";

test("allows what waits up to the limit", () => {
  const limit = new OutputLimit(100);
  expect([100, 101].map((waiting) => limit.allows(waiting))).toEqual([true, false]);
  expect([86, 87].map((size) => limit.fits(size, 0))).toEqual([true, false]);
});

test("a message larger than the limit lifts it, where little waits, until so much has left", () => {
  const limit = new OutputLimit(800);
  expect([786, 787].map((size) => limit.isBelow(size))).toEqual([false, true]);
  limit.lift(5000, 101);
  expect(limit.allows(801)).toBe(false);
  limit.lift(5000, 100);
  expect([5214, 5215].map((waiting) => limit.allows(waiting))).toEqual([true, false]);
  expect([200, 201].map((size) => limit.fits(size, 5000))).toEqual([true, false]);
  expect(limit.allows(800)).toBe(true);
  expect(limit.allows(801)).toBe(false);
});

test("little is 64 KiB at most", () => {
  const limit = new OutputLimit(16_777_216);
  limit.lift(20_000_000, 65_537);
  expect(limit.allows(20_000_000)).toBe(false);
  limit.lift(20_000_000, 65_536);
  expect(limit.allows(20_000_000)).toBe(true);
});
