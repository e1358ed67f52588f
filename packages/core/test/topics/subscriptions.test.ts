import fc from "fast-check";
import { expect, test } from "vitest";
import { matches } from "../../src/topics/name.ts";
import { Subscriptions } from "../../src/topics/subscriptions.ts";

const NAMES = ["a", "a/1", "a/2", "b/1/x", "b"];
const PATTERNS = [...NAMES, "*", "a/*", "**", "b/**", "*/1"];
const PEOPLE = [{ id: 0 }, { id: 1 }, { id: 2 }];

const step = fc.oneof(
  fc.tuple(
    fc.constantFrom("add" as const, "remove" as const),
    fc.constantFrom(...PEOPLE),
    fc.constantFrom(...PATTERNS),
  ),
  fc.tuple(fc.constant("leave" as const), fc.constantFrom(...PEOPLE), fc.constant("")),
);

test("agrees with a list of pairs, and says each first and last", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const wanted = new Set<string>();
      const table = new Subscriptions<{ id: number }>({
        wanted: (pattern) => expect(wanted.has(pattern) || !wanted.add(pattern)).toBe(false),
        unwanted: (pattern) => expect(wanted.delete(pattern)).toBe(true),
      });
      let pairs: [{ id: number }, string][] = [];
      for (const [kind, who, pattern] of steps) {
        const isThere = pairs.some(([one, other]) => one === who && other === pattern);
        if (kind === "add") {
          expect(table.add(who, pattern)).toBe(!isThere);
          if (!isThere) pairs.push([who, pattern]);
        } else if (kind === "remove") {
          expect(table.remove(who, pattern)).toBe(isThere);
          pairs = pairs.filter(([one, other]) => one !== who || other !== pattern);
        } else {
          expect(table.removeAll(who).sort()).toEqual(
            pairs
              .filter(([one]) => one === who)
              .map(([, other]) => other)
              .sort(),
          );
          pairs = pairs.filter(([one]) => one !== who);
        }
      }
      expect(table.size).toBe(pairs.length);
      expect(table.subscribers).toBe(new Set(pairs.map(([one]) => one)).size);
      expect([...table.wanted()].sort()).toEqual([...wanted].sort());
      expect([...wanted].sort()).toEqual([...new Set(pairs.map(([, other]) => other))].sort());
      for (const who of PEOPLE) {
        expect(table.of(who).sort()).toEqual(
          pairs
            .filter(([one]) => one === who)
            .map(([, other]) => other)
            .sort(),
        );
        expect(table.knows(who)).toBe(table.of(who).length > 0);
      }
      for (const pattern of PATTERNS) {
        const members = pairs.filter(([, other]) => other === pattern);
        expect(table.count(pattern)).toBe(members.length);
        for (const who of PEOPLE)
          expect(table.has(who, pattern)).toBe(members.some(([one]) => one === who));
      }
      for (const name of NAMES) {
        const expected = new Set(
          pairs.filter(([, pattern]) => matches(pattern, name)).map(([one]) => one),
        );
        expect(new Set(table.receivers(name))).toEqual(expected);
      }
    }),
  );
});
