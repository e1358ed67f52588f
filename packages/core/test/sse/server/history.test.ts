import fc from "fast-check";
import { expect, test } from "vitest";
import { EventHistory } from "../../../src/sse/server/history.ts";
import { UsageError } from "../../../src/violation.ts";

const block = (number: number): Uint8Array => Uint8Array.of(number);
function filled(size: number, ids: readonly (string | number)[]): EventHistory {
  const history = new EventHistory(size);
  ids.forEach((id, at) => history.add(String(id), block(at)));
  return history;
}
const numbers = (blocks: Uint8Array[] | undefined): number[] | undefined =>
  blocks?.map(([number]) => number!);

const cases: [
  name: string,
  size: number,
  ids: (string | number)[],
  id: string,
  since: number[] | undefined,
  all: number[],
][] = [
  ["nothing kept", 3, [], "a", undefined, []],
  ["the last one", 3, ["a", "b"], "b", [], [0, 1]],
  ["one before", 3, ["a", "b"], "a", [1], [0, 1]],
  ["one that fell out", 3, ["a", "b", "c", "d"], "a", undefined, [1, 2, 3]],
  ["the oldest kept", 3, ["a", "b", "c", "d"], "b", [2, 3], [1, 2, 3]],
  ["the latest of a name", 4, ["a", "b", "a", "c"], "a", [3], [0, 1, 2, 3]],
  ["one at a time", 1, ["a", "b"], "b", [], [1]],
  ["never seen", 3, ["a", "b", "c"], "z", undefined, [0, 1, 2]],
];
test.each(cases)("%s", (_, size, ids, id, since, all) => {
  const history = filled(size, ids);
  expect(numbers(history.since(id))).toEqual(since);
  expect(numbers(history.all())).toEqual(all);
});

test("any size, any number of events: what came after", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 0, max: 20 }),
      (size, count, id) => {
        const everything = Array.from({ length: count }, (_, at) => at);
        const kept = everything.slice(-size);
        expect(numbers(filled(size, everything).since(String(id)))).toEqual(
          kept.includes(id) ? everything.slice(id + 1) : undefined,
        );
      },
    ),
  );
});

test.each([0, -1, 1.5, NaN, Infinity])("the size %d is refused", (size) =>
  expect(() => new EventHistory(size)).toThrow(UsageError),
);
