import { expect, test } from "vitest";
import { makeAssignable } from "../../../src/shell/events/assignable.ts";

class Counter {
  private count = 0;
  label = "";

  get next(): number {
    return ++this.count;
  }

  get name(): string {
    return this.label;
  }
  set name(name: string) {
    this.label = name.toUpperCase();
  }

  reset(): void {
    this.count = 0;
  }
}
makeAssignable(Counter.prototype);

test("what is read can be assigned, on that object alone", () => {
  const one = new Counter();
  const other = new Counter();
  expect([one.next, one.next]).toEqual([1, 2]);
  Object.assign(one, { next: "mine" });
  expect([one.next, Object.keys(one), other.next]).toEqual(["mine", ["count", "label", "next"], 1]);
  Object.assign(one, { next: "again" });
  expect(one.next).toBe("again");
});

test("setters that are there, and methods, stay", () => {
  const counter = new Counter();
  counter.name = "a";
  expect([
    counter.name,
    Object.getOwnPropertyDescriptor(Counter.prototype, "reset")?.writable,
  ]).toEqual(["A", true]);
});
