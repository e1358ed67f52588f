import fc from "fast-check";
import { expect, test } from "vitest";
import { comparePositions, isPosition, NOWHERE } from "../../src/topics/position.ts";

test("by era, then by number, as numbers", () => {
  const position = fc.tuple(fc.nat(), fc.nat());
  fc.assert(
    fc.property(position, position, ([a, b], [c, d]) => {
      expect(Math.sign(comparePositions(`${a}-${b}`, `${c}-${d}`))).toBe(
        Math.sign(a === c ? b - d : a - c),
      );
    }),
  );
});

test("what is no position is before all", () => {
  expect(comparePositions("", NOWHERE)).toBeLessThan(0);
  expect(comparePositions(NOWHERE, "x-1")).toBeGreaterThan(0);
  expect(["1-2", "1", "1-2-3", "-1", "1-", "9".repeat(20) + "-1"].map(isPosition)).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
