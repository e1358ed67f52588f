import fc from "fast-check";
import { expect, test } from "vitest";
import { HeaderList } from "../../src/http/headers.ts";

function listOf(...fields: [string, string][]): HeaderList {
  const list = new HeaderList();
  for (const [name, value] of fields) list.append(name, value);
  return list;
}

test("is read by name in any case", () => {
  const list = listOf(["Sec-WebSocket-Key", "k"], ["host", "h"]);
  expect([
    list.get("sec-websocket-key"),
    list.get("SEC-WEBSOCKET-KEY"),
    list.get("Host"),
    list.get("origin"),
  ]).toEqual(["k", "k", "h", undefined]);
});

test("joins what was repeated, Set-Cookie too", () => {
  const list = listOf(
    ["A", "1"],
    ["Set-Cookie", "x=1"],
    ["a", ""],
    ["set-cookie", "y=2"],
    ["A", "3"],
  );
  expect([list.get("a"), list.get("set-cookie")]).toEqual(["1, , 3", "x=1, y=2"]);
});

test("a name that begins like another is another", () => {
  const list = listOf(["ab", "1"], ["a-b", "2"]);
  expect([list.get("a"), list.get("ab"), list.get("abc")]).toEqual([undefined, "1", undefined]);
});

test("a value that looks like a field is none", () => {
  const list = listOf(["a", "b:1"], ["c", "\nb:2"], ["d", "x\ny:3"]);
  expect(["b", "y", "a:b", "\na", "c", "d"].map((name) => list.get(name))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    " b:2",
    "x y:3",
  ]);
});

test("an empty value is not a missing one", () => {
  expect(listOf(["a", ""]).get("a")).toBe("");
});

test("lists every field in order, names in lower case, as often as asked", () => {
  const list = listOf(["B", "1"], ["a", "2"], ["b", "3"]);
  expect([...list]).toEqual([
    ["b", "1"],
    ["a", "2"],
    ["b", "3"],
  ]);
  expect([...list]).toEqual([...list]);
});

test.each(["__proto__", "constructor", "hasOwnProperty", "toString", "fields"])(
  "knows nothing of %s until told",
  (name) => {
    expect(listOf(["host", "h"]).get(name)).toBeUndefined();
    expect(listOf([name, "told"]).get(name)).toBe("told");
    expect(({} as Record<string, unknown>)["told"]).toBeUndefined();
  },
);

test("agrees with Headers on any fields", () => {
  const name = fc.constantFrom("a", "A", "b", "x-y", "X-Y");
  const value = fc.constantFrom("", "1", "2, 3");
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), (fields) => {
      const list = listOf(...fields);
      const judge = new Headers(fields);
      for (const wanted of ["a", "B", "X-y", "none"])
        expect(list.get(wanted)).toBe(judge.get(wanted) ?? undefined);
    }),
  );
});
