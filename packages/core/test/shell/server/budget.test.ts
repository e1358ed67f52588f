import { expect, test } from "vitest";
import { Budget, type BudgetOptions, sharedBudget } from "../../../src/shell/server/budget.ts";
import type { ConnectionAccount, Session } from "../../../src/shell/websocket/session.ts";
import { HandRuntime } from "../runtime/hand-runtime.ts";

/** A budget, and connections by name that note what befalls them. */
function scene(options?: BudgetOptions) {
  const runtime = new HandRuntime();
  const budget = new Budget(runtime, options);
  const told: string[] = [];
  const join = (name: string, address: string | null = "192.0.2.1"): ConnectionAccount => {
    const note = (what: string) => () => void told.push(`${name} ${what}`);
    const connection = {
      state: "open",
      pause: note("waits"),
      resume: note("reads"),
      terminate: note("is dropped"),
    };
    const fail = (message: string, error: { code: string }): void =>
      void told.push(`${name} ${error.code}: ${message.length > 0}`);
    const driver = { connection, holdInput: note("is held"), releaseInput: note("is read on") };
    const account = budget.admit({ driver, fail } as unknown as Session, address ?? undefined);
    if ("status" in account) throw new Error(String(account.status));
    return account;
  };
  const take = (): string[] => {
    runtime.runMicrotasks();
    return told.splice(0);
  };
  return { runtime, budget, join, take };
}

test("counts what waits, and connections until they are gone", () => {
  const { budget, join } = scene();
  const one = join("one");
  const two = join("two");
  one.report(10);
  two.report(5);
  one.report(3);
  expect([budget.connections, budget.bufferedBytes]).toEqual([2, 8]);
  one.release();
  one.release();
  one.report(99); // nothing of what is gone counts
  expect([budget.connections, budget.bufferedBytes]).toEqual([1, 5]);
});

test("an eighth waits: a peer that is behind is read no more than it takes, and one that is not is read on", () => {
  const { budget, join, take } = scene({ bufferedBytes: 8_000_000 });
  const [behind, level] = ["behind", "level"].map((name) => join(name));
  const both = (bytes: number): void => {
    behind!.received(bytes);
    level!.received(bytes);
  };
  behind!.report(999_999);
  both(100_000); // less than an eighth waits: nothing is counted
  expect(take()).toEqual([]);
  level!.report(1);
  both(65_536);
  expect(take()).toEqual([]);
  both(1);
  expect([take(), budget.delayed]).toEqual([["behind is held"], 1]);
  behind!.report(1_100_000); // of the application
  behind!.report(1_034_465);
  expect(take()).toEqual([]);
  behind!.report(1_034_464); // it has taken 64 KiB
  expect(take()).toEqual(["behind is read on"]);
  both(65_537);
  expect(take()).toEqual(["behind is held"]);
  behind!.report(65_535);
  expect(take()).toEqual(["behind is read on"]);
});

test("an eighth waits no more: all are read on", () => {
  const { join, take } = scene({ bufferedBytes: 8_000_000 });
  const accounts = ["one", "two"].map((name) => join(name));
  for (const account of accounts) account.report(600_000);
  for (const account of accounts) account.received(70_000);
  expect(take()).toEqual(["one is held", "two is held"]);
  accounts[1]!.release();
  expect(take()).toEqual(["one is read on"]);
  accounts[0]!.received(70_000); // nothing of what waits is too much now
  expect(take()).toEqual([]);
});

test("more waits than may: those furthest behind are dropped, one after the other, and not within a write", () => {
  const { budget, join, take } = scene({ bufferedBytes: 300_000 });
  const accounts = ["one", "two", "three"].map((name) => join(name));
  accounts[0]!.report(100_000);
  accounts[1]!.report(190_000);
  accounts[2]!.report(90_000);
  expect(budget.dropped).toBe(0);
  expect(take()).toEqual(["two budget-exceeded: true", "two is dropped"]);
  expect([budget.dropped, budget.bufferedBytes]).toEqual([1, 190_000]);
  accounts[1]!.release();
  expect([budget.connections, budget.bufferedBytes]).toEqual([2, 190_000]);
});

test("not one that alone has all of it, nor those that have little", () => {
  const alone = scene({ bufferedBytes: 100_000 });
  alone.join("one").report(5_000_000);
  expect(alone.take()).toEqual([]);
  const many = scene({ bufferedBytes: 100_000 });
  for (const name of ["one", "two", "three"]) many.join(name).report(60_000);
  expect(many.take()).toEqual([]);
});

test("connections: 503 beyond; by address: 429, IPv6 by network; Unix sockets have none", () => {
  const all = scene({ connections: 1 });
  const first = all.join("one");
  expect(() => all.join("two")).toThrow("503");
  first.release();
  all.join("three");
  const each = scene({ connectionsPerAddress: 1 });
  each.join("one", "2001:db8::1");
  expect(() => each.join("two", "2001:db8::2")).toThrow("429");
  each.join("three", "2001:db8:0:1::1");
  const unix = scene({ connectionsPerAddress: 1 });
  for (const name of ["one", "two"]) unix.join(name, null);
  expect([all.budget.refused, each.budget.refused]).toEqual([1, 1]);
});

test("messages in a second: whoever reads the last waits, and then goes on, as many as the next allows", () => {
  const { runtime, budget, join, take } = scene({ messagesPerSecond: 2 });
  const [one, two] = [join("one"), join("two")];
  one.message();
  expect(take()).toEqual([]);
  two.message();
  one.message(); // was under way
  expect([take(), budget.delayed]).toEqual([["two waits", "one waits"], 2]);
  runtime.wind(999);
  expect(take()).toEqual([]);
  runtime.wind(1);
  expect(take()).toEqual(["two reads", "one reads"]);
  expect(runtime.running).toEqual([]); // nobody reads: no timer
  one.message();
  one.message();
  one.release();
  runtime.wind(1000);
  expect(take()).toEqual(["one waits"]);
});

test.each([
  [
    null,
    "budget: expected { bufferedBytes, connections, connectionsPerAddress, messagesPerSecond }, got null",
  ],
  [{ bufferdBytes: 1 }, 'budget: there is no "bufferdBytes"; is bufferedBytes meant?'],
  [
    { connections: 1.5 },
    "budget.connections: expected a whole number above 0, or Infinity, got 1.5",
  ],
])("%j is no budget", (given, message) => {
  expect(() => new Budget(new HandRuntime(), given as BudgetOptions)).toThrow(message);
});

test("Infinity is no limit, and what is undefined is the default", () => {
  const { join, take } = scene({ bufferedBytes: Infinity, connections: undefined });
  join("one").report(1e12);
  join("two").report(1e12);
  expect(take()).toEqual([]);
});

test("connections of no server share a budget where their limits are the same", () => {
  const runtime = new HandRuntime();
  const common = sharedBudget(runtime);
  expect(sharedBudget(runtime)).toBe(common);
  expect(sharedBudget(runtime, {})).toBe(common);
  expect(sharedBudget(runtime, { bufferedBytes: 33_554_432 })).toBe(common);
  expect(sharedBudget(runtime, { connections: 5 })).not.toBe(common);
  expect(sharedBudget(new HandRuntime())).not.toBe(common);
  expect(() => sharedBudget(runtime, null as never)).toThrow("budget: expected {");
});
