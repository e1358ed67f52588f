import { expect, test } from "vitest";
import fc from "fast-check";
import { Queue } from "../../../src/connection/buffer/queue.ts";

test("does what an array does", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.constant("shift" as const),
          fc.constant("clear" as const),
          fc.integer(),
          fc.integer(),
        ),
      ),
      (steps) => {
        const queue = new Queue<number>();
        const array: number[] = [];
        for (const step of steps) {
          if (step === "shift") expect(queue.shift()).toBe(array.shift());
          else if (step === "clear") {
            queue.clear();
            array.length = 0;
          } else {
            queue.push(step);
            array.push(step);
          }
          expect([queue.length, queue.first]).toEqual([array.length, array[0]]);
        }
      },
    ),
  );
});

test("keeps its order where much is taken before all is, and takes none of it twice", () => {
  const queue = new Queue<number>();
  let pushed = 0;
  let taken = 0;
  for (let round = 0; round < 50; round++) {
    for (let i = 0; i < 700; i++) queue.push(pushed++);
    for (let i = 0; i < 500; i++) expect(queue.shift()).toBe(taken++);
    expect(queue.length).toBe(pushed - taken);
  }
  while (queue.length > 0) expect(queue.shift()).toBe(taken++);
  expect([taken, queue.shift()]).toEqual([pushed, undefined]);
});

test("holds nothing that was taken", () => {
  const queue = new Queue<object>();
  queue.push({ large: true });
  queue.push({});
  queue.shift();
  expect(JSON.stringify(queue)).not.toContain("large");
});

test("300 000 are taken in a second, and not in the better part of a minute", () => {
  const queue = new Queue<{ index: number }>();
  for (let index = 0; index < 300_000; index++) queue.push({ index });
  const before = process.cpuUsage().user;
  for (let index = 0; index < 300_000; index++)
    if (queue.shift()?.index !== index) throw new Error(`not ${index}`);
  expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(2);
});
