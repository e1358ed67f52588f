import { describe, expect, test } from "vitest";
import { DEFAULT_OPTIONS, resolveOptions } from "../src/options.ts";
import { UsageError } from "../src/violation.ts";

const sizes = [
  "maxMessageSize",
  "maxStreamSize",
  "maxFragments",
  "maxBufferedBytes",
  "maxPongs",
  "maxHeadSize",
  "maxHeaderCount",
] as const;
const times = ["handshakeTimeout", "closeTimeout", "pingInterval", "pongTimeout"] as const;
const switches = ["ownsChunks", "autoPong", "validateUtf8", "closeReasons"] as const;
const MOST_SIZE = Number.MAX_SAFE_INTEGER;
const MOST_TIME = 0x7fffffff;

test("nothing given: the defaults themselves", () => {
  expect(resolveOptions(undefined)).toBe(DEFAULT_OPTIONS);
});

test("what is given counts, what is left out or undefined is the default; what was given may change later", () => {
  const given = { maxMessageSize: 5, ownsChunks: true, pingInterval: undefined } as unknown as {
    maxMessageSize: number;
  };
  const resolved = resolveOptions(given);
  given.maxMessageSize = 6;
  expect(resolved).toEqual({ ...DEFAULT_OPTIONS, maxMessageSize: 5, ownsChunks: true });
});

test("what was resolved is not resolved again", () => {
  const resolved = resolveOptions({ maxFragments: 5 });
  expect(resolveOptions(resolved)).toBe(resolved);
});

describe.each(sizes)("%s", (name) => {
  test.each([1, 2 ** 32, MOST_SIZE])("may be %d", (value) => {
    expect(resolveOptions({ [name]: value })[name]).toBe(value);
  });
  test.each([0, -1, 1.5, NaN, Infinity, MOST_SIZE + 1, "5", null, true])(
    "may not be %s",
    (value) => {
      expect(() => resolveOptions({ [name]: value } as object)).toThrow(
        new UsageError(
          `${name}: expected a whole number of bytes or items from 1 to ${MOST_SIZE}, got ${String(value)}`,
        ),
      );
    },
  );
});

describe.each(times)("%s", (name) => {
  test.each([0, 1, MOST_TIME])("may be %d", (value) => {
    expect(resolveOptions({ [name]: value })[name]).toBe(value);
  });
  test.each([-1, 0.5, NaN, Infinity, MOST_TIME + 1, "5", null])("may not be %s", (value) => {
    expect(() => resolveOptions({ [name]: value } as object)).toThrow(
      new UsageError(
        `${name}: expected a whole number of milliseconds from 0 to ${MOST_TIME}, got ${String(value)}`,
      ),
    );
  });
});

describe.each(switches)("%s", (name) => {
  test.each([true, false])("may be %s", (value) => {
    expect(resolveOptions({ [name]: value })[name]).toBe(value);
  });
  test.each([0, 1, "true", null])("may not be %s", (value) => {
    expect(() => resolveOptions({ [name]: value } as object)).toThrow(
      new UsageError(`${name}: expected a boolean, got ${String(value)}`),
    );
  });
});

test.each([0, "drops", null, true])("overflow may not be %s", (value) => {
  expect(() => resolveOptions({ overflow: value } as object)).toThrow(
    new UsageError(`overflow: expected "close" or "drop", got ${String(value)}`),
  );
});

test.each([0, "fragments", null, true])("delivery may not be %s", (value) => {
  expect(() => resolveOptions({ delivery: value } as object)).toThrow(
    new UsageError(`delivery: expected "message" or "fragment", got ${String(value)}`),
  );
});

test.each(["maxSize", "constructor", "toString", "hasOwnProperty"])(
  "there is no option %s",
  (name) => {
    expect(() => resolveOptions({ [name]: 1 } as object)).toThrow(
      new UsageError(`Unrecognized option: ${name}`),
    );
  },
);

test("a value that cannot be made a string is still named", () => {
  expect(() => resolveOptions({ maxFragments: Symbol("x") } as object)).toThrow(
    "maxFragments: expected a whole number",
  );
});

test("every option is in one of the lists above", () => {
  expect(Object.keys(DEFAULT_OPTIONS).sort()).toEqual(
    [...sizes, ...times, ...switches, "delivery", "overflow"].sort(),
  );
});
