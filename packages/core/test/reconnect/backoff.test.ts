import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_BACKOFF, delayAfter, readRetryAfter } from "../../src/reconnect/backoff.ts";

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test("from nothing to a bound that doubles up to the longest", () => {
  fc.assert(
    fc.property(fc.nat(1000), chance, (failures, luck) => {
      const most = Math.min(30_000, 500 * 2 ** failures);
      expect(delayAfter(failures, luck, DEFAULT_BACKOFF)).toBe(Math.round(most * luck));
    }),
  );
  expect([0, 1, 2, 6, 7, 1e6].map((n) => delayAfter(n, 0.5, DEFAULT_BACKOFF))).toEqual([
    250, 500, 1000, 15_000, 15_000, 15_000,
  ]);
});

test("no sooner than the server asks, and not all at once; an hour at most", () => {
  fc.assert(
    fc.property(fc.nat(10_000_000), chance, (asked, luck) => {
      fc.pre(asked > 0);
      const wanted = Math.min(asked, 3_600_000);
      const delay = delayAfter(3, luck, DEFAULT_BACKOFF, asked);
      expect(delay).toBeGreaterThanOrEqual(wanted);
      expect(delay).toBeLessThanOrEqual(wanted + Math.max(wanted * 0.2, 500) + 1);
    }),
  );
});

test("Retry-After is seconds or a date", () => {
  const now = Date.UTC(2026, 0, 1);
  const read = (value?: string) => readRetryAfter(value, now, Date.parse);
  expect(read("120")).toBe(120_000);
  expect(read("Thu, 01 Jan 2026 00:00:10 GMT")).toBe(10_000);
  expect(read("Thu, 01 Jan 2015 00:00:10 GMT")).toBe(0);
  for (const none of [undefined, "", "soon", "-1", "1.5", "Xyz, 99 Foo", "9".repeat(20)])
    expect(read(none)).toBeUndefined();
});
