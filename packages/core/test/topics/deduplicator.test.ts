import fc from "fast-check";
import { expect, test } from "vitest";
import { Deduplicator } from "../../src/topics/deduplicator.ts";

test("each message once and in order, whatever is doubled or late", () => {
  const arrival = fc.tuple(fc.constantFrom("t", "u"), fc.constantFrom("x", "y"), fc.nat(9));
  fc.assert(
    fc.property(fc.array(arrival), (arrivals) => {
      const deduplicator = new Deduplicator("me");
      const last = new Map<string, number>();
      for (const [topic, origin, sequence] of arrivals) {
        const isNew = sequence > (last.get(topic + origin) ?? -1);
        expect(deduplicator.admit(topic, origin, sequence)).toBe(isNew);
        if (isNew) last.set(topic + origin, sequence);
      }
      expect(deduplicator.duplicates).toBe(
        arrivals.length -
          arrivals.filter(([t, o, s], at) =>
            arrivals
              .slice(0, at)
              .every(([topic, origin, sequence]) => topic !== t || origin !== o || sequence < s),
          ).length,
      );
    }),
  );
});

test("an echo does not come back", () => {
  const deduplicator = new Deduplicator("me");
  expect(deduplicator.admit("t", "me", 1)).toBe(false);
  expect(deduplicator.echoes).toBe(1);
});

test("its memory has a bound, and what is gone is forgotten", () => {
  const deduplicator = new Deduplicator("me", 3);
  for (let at = 0; at < 10; at++) deduplicator.admit(`t${at}`, "x", 1);
  expect(deduplicator.size).toBe(3);
  deduplicator.forgetTopic("t9");
  expect(deduplicator.size).toBe(2);
  deduplicator.forgetOrigin("x");
  expect(deduplicator.size).toBe(0);
});
