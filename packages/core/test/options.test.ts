import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ConnectionOptions, DEFAULT_OPTIONS, resolveOptions } from "../src/options.ts";
import { UsageError } from "../src/violation.ts";

const names = Object.keys(DEFAULT_OPTIONS) as (keyof ConnectionOptions)[];
const numbers = names.filter((name) => typeof DEFAULT_OPTIONS[name] === "number");
const times = numbers.filter((name) => /(Timeout|Interval)$/.test(name));
const sizes = numbers.filter((name) => !times.includes(name));

/** The message of the refusal, which must be a usage error. */
function refusalOf(given: object): string {
  try {
    resolveOptions(given);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  return "accepted";
}

describe("what is not given has its default", () => {
  test.each<[name: string, given: Partial<ConnectionOptions> | undefined]>([
    ["nothing at all", undefined],
    ["no option", {}],
    ["options that are undefined", Object.fromEntries(names.map((name) => [name, undefined]))],
  ])("%s", (_, given) => expect(resolveOptions(given)).toEqual(DEFAULT_OPTIONS));

  test("one option leaves the others as they are", () => {
    for (const name of numbers) expect(resolveOptions({ [name]: 7 })).toEqual({ ...DEFAULT_OPTIONS, [name]: 7 });
    expect(resolveOptions({ ownsChunks: true })).toEqual({ ...DEFAULT_OPTIONS, ownsChunks: true });
  });

  test("the defaults themselves are accepted, and not changed", () => {
    const before = { ...DEFAULT_OPTIONS };
    expect(resolveOptions(DEFAULT_OPTIONS)).toEqual(before);
    resolveOptions({ maxMessageSize: 1 });
    expect(DEFAULT_OPTIONS).toEqual(before);
  });
});

describe("what is refused names the option and what was given", () => {
  test("a name that is no option", () => {
    expect(refusalOf({ maxMesageSize: 1 })).toBe("Unrecognized option: maxMesageSize");
    expect(refusalOf({ toString: 1 })).toBe("Unrecognized option: toString");
  });

  test.each(numbers)("%s that is no whole number", (name) => {
    for (const value of ["1", 1.5, -1, NaN, Infinity, null, true, 1n]) {
      expect(refusalOf({ [name]: value })).toMatch(new RegExp(`^${name}: .*, got ${String(value)}$`));
    }
  });

  test.each(sizes)("%s of nothing", (name) => expect(refusalOf({ [name]: 0 })).toContain(name));

  test.each(times)("%s may be 0 and the longest a timer takes, not more", (name) => {
    for (const value of [0, 0x7fffffff]) expect(resolveOptions({ [name]: value })[name]).toBe(value);
    expect(refusalOf({ [name]: 0x80000000 })).toContain("2147483647");
  });

  test("ownsChunks that is no boolean", () => expect(refusalOf({ ownsChunks: 1 })).toBe("ownsChunks: expected a boolean, got 1"));
});

test("whatever is given, the result is complete and in range, or a usage error", () => {
  const value = fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.string(), fc.constant(undefined), fc.constant(null));
  fc.assert(fc.property(fc.dictionary(fc.constantFrom(...names), value), (given) => {
    if (refusalOf(given) !== "accepted") return;
    const resolved = resolveOptions(given);
    expect(Object.keys(resolved).sort()).toEqual([...names].sort());
    for (const name of sizes) expect(resolved[name]).toBeGreaterThanOrEqual(1);
    for (const name of times) expect(resolved[name]).toBeGreaterThanOrEqual(0);
  }));
});
