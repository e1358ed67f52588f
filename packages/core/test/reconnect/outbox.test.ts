import { expect, test } from "vitest";
import { Outbox } from "../../src/reconnect/outbox.ts";

test("it keeps the order, and no more than its bytes", () => {
  const outbox = new Outbox<string>(10);
  expect([outbox.add("a", 6), outbox.add("b", 5), outbox.add("c", 4)]).toEqual([true, false, true]);
  expect([outbox.size, outbox.take(), outbox.size, outbox.take()]).toEqual([10, ["a", "c"], 0, []]);
  expect(outbox.add("d", 10)).toBe(true);
});
