import { expect, test } from "vitest";
import { Limiter } from "../../../src/shell/compression/limiter.ts";

/** Runs jobs `names` and tells what has started; `finish` ends one. */
function rig(most: number): {
  limiter: Limiter;
  start: (name: string) => void;
  started: string[];
  finish: (name: string) => void;
} {
  const limiter = new Limiter(most);
  const started: string[] = [];
  const running = new Map<string, () => void>();
  return {
    limiter,
    started,
    start: (name) => {
      limiter.run((over) => {
        started.push(name);
        running.set(name, over);
      });
    },
    finish: (name) => {
      running.get(name)!();
    },
  };
}

test("so many run at once, at once; the others wait their turn, first come first served", () => {
  const { start, started, finish } = rig(2);
  for (const name of ["a", "b", "c", "d", "e"]) start(name);
  expect(started).toEqual(["a", "b"]);
  finish("b");
  expect(started).toEqual(["a", "b", "c"]);
  finish("a");
  finish("c");
  expect(started).toEqual(["a", "b", "c", "d", "e"]);
  start("f");
  finish("e");
  finish("d");
  expect(started.at(-1)).toBe("f");
});

test("places that are free again are used again", () => {
  const { start, started, finish } = rig(1);
  for (const name of ["a", "b", "c"]) {
    start(name);
    finish(name);
  }
  expect(started).toEqual(["a", "b", "c"]);
});

test("jobs that are over at once, many of them, do not nest", () => {
  const limiter = new Limiter(1);
  let count = 0;
  let release!: () => void;
  limiter.run((over) => {
    release = over;
  });
  for (let at = 0; at < 100_000; at++)
    limiter.run((over) => {
      count++;
      over();
    });
  release();
  expect(count).toBe(100_000);
});

test("one who asks for much does not keep others out: places are given in order of asking", () => {
  const { start, started, finish } = rig(1);
  start("greedy 1");
  start("greedy 2");
  start("modest");
  start("greedy 3");
  for (const name of ["greedy 1", "greedy 2", "modest"]) finish(name);
  expect(started).toEqual(["greedy 1", "greedy 2", "modest", "greedy 3"]);
});
