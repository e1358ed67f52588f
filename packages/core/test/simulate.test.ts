/** `npm run simulate`, small: what it says of ten million sockets holds only while its processes miss nothing. */
import { describe, expect, test } from "vitest";
import { Random } from "../fuzz/random.ts";
import { simulate } from "../simulate/world.ts";

const live = (spread: number) => {
  const random = new Random(7);
  return simulate({
    processes: 12,
    sockets: 1200,
    rooms: 60,
    spread,
    rate: 1,
    payload: 100,
    churn: 0.01,
    seconds: 24,
    interval: 2000,
    random: () => random.next(),
  });
};

describe.each([12, 3, 1])("12 processes, a room in %i of them", (spread) => {
  const seen = live(spread);

  test("every message comes to every subscriber once, also while they move and a process is killed", () => {
    expect(seen.published).toBeGreaterThan(1000);
    expect([seen.delivered, seen.duplicates]).toEqual([seen.expected, 0]);
  });

  test("all count right within four intervals of the kill, and not before it is noticed", () => {
    expect(seen.settled).toBeGreaterThan(2000);
    expect(seen.settled).toBeLessThanOrEqual(8000);
  });

  test("the broker hands a message only to processes that want it", () => {
    expect(seen.intoBroker).toBe(seen.published);
    expect(seen.outOfBroker / seen.published).toBeLessThanOrEqual(spread);
    expect(seen.outOfBroker).toBeGreaterThan(0);
  });
});
