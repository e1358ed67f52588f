/** The short part of the exploration; `npm run explore` goes deeper, and `docs/exploration.md` has its figures. */
import { describe, expect, test } from "vitest";
import { explore } from "../explore/explore.ts";
import { fingerprint } from "../explore/fingerprint.ts";
import { plans } from "../explore/scenarios.ts";

test.each(plans)("$scenario.name, $short moves deep: nothing goes wrong", ({ scenario, short }) => {
  const { find, states, paths, depth } = explore(scenario, short);
  expect(find).toBeUndefined();
  expect(depth).toBe(short);
  expect(states).toBeGreaterThan(300);
  expect(paths).toBeGreaterThan(states);
});

describe("what is wrong is found, by a run as short as any", () => {
  const { scenario } = plans.find(({ scenario: { name } }) => name.includes("two messages"))!;
  test("a message that is lost", () => {
    const { find } = explore({ ...scenario, fault: "loses" }, 6);
    expect(find!.moves).toEqual([["text", "client"]]);
    expect(find!.complaints).toEqual(["clean, and 1 of the messages to server never came"]);
  });
  test("a message that is doubled", () => {
    const { find } = explore({ ...scenario, fault: "doubles" }, 6);
    expect(find!.moves).toEqual([["text", "client"]]);
    expect(find!.complaints).toEqual(["server received client 0,client 0 of client 0"]);
  });
});

test("states are told apart by all they hold, cycles included", () => {
  const ring: { self?: unknown; value: number } = { value: 1 };
  ring.self = ring;
  const other: typeof ring = { value: 1 };
  other.self = other;
  expect(fingerprint(ring)).toBe(fingerprint(other));
  expect(fingerprint({ a: new Map([["x", 1]]) })).not.toBe(fingerprint({ a: new Map([["x", 2]]) }));
  expect(fingerprint({ a: Uint8Array.of(1) })).not.toBe(fingerprint({ a: Uint8Array.of(2) }));
  expect(fingerprint({ a: "1" })).not.toBe(fingerprint({ a: 1 }));
});
