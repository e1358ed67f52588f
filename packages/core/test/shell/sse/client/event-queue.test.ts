import { describe, expect, test } from "vitest";
import { EventQueue } from "../../../../src/shell/sse/client/event-queue.ts";

const queueOf = (...events: number[]): EventQueue<number> => {
  const queue = new EventQueue<number>(() => {});
  events.forEach((event) => {
    queue.push(event);
  });
  return queue;
};

/** The events that a loop over `queue` receives, and the error that ends it. */
async function loop(queue: EventQueue<number>): Promise<unknown[]> {
  const seen: unknown[] = [];
  try {
    for await (const event of queue) seen.push(event);
  } catch (error) {
    seen.push(error);
  }
  return seen;
}

const cases: [name: string, happen: (queue: EventQueue<number>) => void, expected: unknown[]][] = [
  [
    "ends at once",
    (queue) => {
      queue.end();
    },
    [],
  ],
  [
    "what came before the end",
    (queue) => {
      queue.push(1);
      queue.push(2);
      queue.end();
    },
    [1, 2],
  ],
  [
    "what came before the error, then it",
    (queue) => {
      queue.push(1);
      queue.end("broken");
    },
    [1, "broken"],
  ],
  [
    "nothing after the end",
    (queue) => {
      queue.push(1);
      queue.end();
      queue.push(2);
      queue.end("late");
    },
    [1],
  ],
];
test.each(cases)("delivers before the loop: %s", async (_, happen, expected) => {
  const queue = queueOf();
  happen(queue);
  expect(await loop(queue)).toEqual(expected);
});
test.each(cases)("delivers to a loop that waits: %s", async (_, happen, expected) => {
  const queue = queueOf();
  const looped = loop(queue);
  await Promise.resolve();
  happen(queue);
  expect(await looped).toEqual(expected);
});

test("an error is thrown once", async () => {
  const queue = queueOf();
  queue.end("broken");
  await expect(queue.next()).rejects.toBe("broken");
  expect(await queue.next()).toEqual({ done: true, value: undefined });
});

test("several who wait are served in turn, and all hear of the end", async () => {
  const queue = queueOf();
  const waiting = [queue.next(), queue.next(), queue.next()];
  queue.push(1);
  queue.end();
  expect(await Promise.all(waiting)).toEqual([
    { done: false, value: 1 },
    { done: true, value: undefined },
    { done: true, value: undefined },
  ]);
});

test("leaving the loop drops what waits, and is told", async () => {
  let left = 0;
  const queue = new EventQueue<number>(() => {
    left++;
  });
  [1, 2, 3].forEach((event) => {
    queue.push(event);
  });
  for await (const event of queue) if (event === 1) break;
  expect(left).toBe(1);
  expect(await queue.next()).toEqual({ done: true, value: undefined });
});

describe("room", () => {
  const full = (): EventQueue<number> => queueOf(...new Array<number>(64).fill(0));
  const settled = (promise: Promise<void> | undefined): Promise<boolean> =>
    Promise.race([
      promise!.then(() => true),
      new Promise<boolean>((resolve) => {
        setImmediate(resolve, false);
      }),
    ]);

  test("there is some until 64 events wait", async () => {
    const queue = queueOf(...new Array<number>(63).fill(0));
    expect(queue.whenRoom).toBe(undefined);
    queue.push(0);
    expect(queue.whenRoom).toBe(queue.whenRoom);
    expect(await settled(queue.whenRoom)).toBe(false);
  });
  test("comes when one is taken", async () => {
    const queue = full();
    const { whenRoom } = queue;
    queue.push(0);
    await queue.next();
    expect(await settled(whenRoom)).toBe(false);
    await queue.next();
    expect(await settled(whenRoom)).toBe(true);
    expect(queue.whenRoom).toBe(undefined);
  });
  test("comes with the end", async () => {
    const queue = full();
    const { whenRoom } = queue;
    queue.end();
    expect(await settled(whenRoom)).toBe(true);
    expect(queue.whenRoom).toBe(undefined);
  });
});
