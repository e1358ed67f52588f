import { expect, test } from "vitest";
import { Clock } from "../../../src/testing/network/clock.ts";

test("what is due happens in order, each with the time it is due at, and promises in between", async () => {
  const clock = new Clock();
  const seen: string[] = [];
  const note = (name: string) => (): void => {
    seen.push(`${name} ${clock.now}`);
    void Promise.resolve().then(async () => {
      await undefined;
      seen.push(`after ${name}`);
    });
  };
  clock.setTimeout(note("b"), 20);
  clock.setTimeout(note("a"), 10);
  clock.setTimeout(note("c"), 20);
  const forgotten = clock.setTimeout(note("never"), 15);
  clock.clearTimeout(forgotten);
  clock.clearTimeout(undefined);
  await clock.advance(19);
  expect([seen, clock.now]).toEqual([["a 10", "after a"], 19]);
  await clock.advance(1);
  expect(seen.slice(2)).toEqual(["b 20", "after b", "c 20", "after c"]);
});

test("settle waits for what links carry, and lets timers fire meanwhile", async () => {
  const clock = new Clock();
  const seen: number[] = [];
  for (const at of [5, 50]) clock.setTimeout(() => seen.push(at), at);
  clock.carry(() => seen.push(10), 10);
  await clock.settle();
  expect([seen, clock.now]).toEqual([[5, 10], 10]);
});

test("until gives what the promise gives, and says when nothing can settle it", async () => {
  const clock = new Clock();
  const later = new Promise<string>((resolve) => clock.setTimeout(() => resolve("now"), 70));
  expect([await clock.until(later), clock.now]).toEqual(["now", 70]);
  await expect(clock.until(Promise.reject(new Error("no")))).rejects.toThrow("no");
  await expect(clock.until(new Promise(() => {}))).rejects.toThrow(
    "until: nothing is left to happen after 70 ms, and the promise is still pending",
  );
});

test("what listeners throw is told to whoever has time pass", async () => {
  const clock = new Clock();
  const fail = (text: string): void => {
    clock.setTimeout(() => clock.fail(new Error(text)), 1);
  };
  fail("one");
  await expect(clock.advance(1)).rejects.toThrow("one");
  await clock.advance(1);
  fail("one");
  fail("two");
  await expect(clock.advance(1)).rejects.toThrow("2 listeners have thrown");
});

test.each([-1, NaN, Infinity, "1" as unknown as number])("%s milliseconds", async (given) => {
  await expect(new Clock().advance(given)).rejects.toThrow(
    /^advance: expected milliseconds from 0, got /,
  );
});

test("time does not pass twice at once", async () => {
  const clock = new Clock();
  const passing = clock.advance(1);
  await expect(clock.settle()).rejects.toThrow("settle: time passes already");
  await passing;
});

test("two that answer each other for ever are found", async () => {
  const clock = new Clock({ mostEvents: 100 });
  const again = (): void => void clock.carry(again, 1);
  again();
  await expect(clock.settle()).rejects.toThrow("settle: 100 events, and no end at 100 ms");
});
