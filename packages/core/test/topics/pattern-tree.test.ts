import fc from "fast-check";
import { expect, test } from "vitest";
import { matches } from "../../src/topics/name.ts";
import { PatternTree } from "../../src/topics/pattern-tree.ts";

const segment = fc.constantFrom("a", "b", "c");
const name = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .map((segments) => segments.join("/"));
const pattern = fc
  .tuple(
    fc.array(fc.oneof(segment, fc.constant("*")), { maxLength: 3 }),
    fc.constantFrom("a", "*", "**"),
  )
  .map(([segments, last]) => [...segments, last].join("/"));

test("finds what matching one by one finds, whatever was set and deleted", () => {
  const steps = fc.array(fc.tuple(fc.boolean(), pattern), { maxLength: 40 });
  fc.assert(
    fc.property(steps, fc.array(name, { maxLength: 10 }), (all, names) => {
      const tree = new PatternTree<string>();
      const model = new Set<string>();
      for (const [isSet, one] of all) {
        if (isSet) {
          tree.set(one, one);
          model.add(one);
        } else {
          tree.delete(one);
          model.delete(one);
        }
      }
      expect(tree.size).toBe(model.size);
      for (const topic of names) {
        expect(tree.covering(topic).sort()).toEqual(
          [...model].filter((one) => matches(one, topic)).sort(),
        );
      }
    }),
  );
});

test("a tree that has been emptied holds no branches", () => {
  const tree = new PatternTree<number>();
  tree.set("a/b/*", 1);
  tree.set("a/**", 2);
  tree.delete("a/b/*");
  tree.delete("a/**");
  tree.delete("never/there");
  expect((tree as any).root.children.size).toBe(0);
});
