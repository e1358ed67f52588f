import { expect, test } from "vitest";
import { customFields } from "../../src/handshake/custom-fields.ts";
import type { HeaderInit } from "../../src/opening.ts";
import { UsageError } from "../../src/violation.ts";

const cases: [name: string, headers: HeaderInit | undefined, expected: [string, string][]][] = [
  ["none", undefined, []],
  [
    "a record, in order",
    { B: "1", a: "2" },
    [
      ["B", "1"],
      ["a", "2"],
    ],
  ],
  [
    "pairs",
    [
      ["B", "1"],
      ["a", "2"],
    ],
    [
      ["B", "1"],
      ["a", "2"],
    ],
  ],
  ["a Map", new Map([["a", "1"]]), [["a", "1"]]],
  ["Headers", new Headers({ A: "1" }), [["a", "1"]]],
  ["blanks around a value go", { a: " \t1 2\t " }, [["a", "1 2"]]],
  ["the first of a name wins", { A: "1", a: "2" }, [["A", "1"]]],
  [
    "what may be repeated is",
    [
      ["Set-Cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["WWW-Authenticate", "x"],
      ["WWW-Authenticate", "y"],
    ],
    [
      ["Set-Cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["WWW-Authenticate", "x"],
      ["WWW-Authenticate", "y"],
    ],
  ],
  [
    "names of Object.prototype",
    [
      ["__proto__", "1"],
      ["constructor", "2"],
    ],
    [
      ["__proto__", "1"],
      ["constructor", "2"],
    ],
  ],
  ["no inherited property", Object.create({ evil: "1" }) as Record<string, string>, []],
];
test.each(cases)("%s", (_, headers, expected) => expect(customFields(headers)).toEqual(expected));

test.each([
  [1, "number"],
  [undefined, "undefined"],
  [null, "null"],
  [["a"], "object"],
])("refuses %j for a value", (value, type) => {
  expect(() => customFields({ "X-A": value as unknown as string })).toThrow(
    new UsageError(`header X-A: expected a string, got ${type}`),
  );
});

test("refuses a name that is not a string", () => {
  expect(() => customFields([[1 as unknown as string, "a"]])).toThrow(
    new UsageError("header name: expected a string, got number"),
  );
});
