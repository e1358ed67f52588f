import { expect, test } from "vitest";
import { openingRequestOf } from "../../../src/node-compat/server/opening-request.ts";

test("shows what Node has parsed", () => {
  const request = openingRequestOf(
    {
      method: "GET",
      url: "/a?b",
      headers: { host: "h", "x-a": "1, 2", "set-cookie": ["c", "d"] },
      rawHeaders: ["Host", "h", "X-A", "1", "x-a", "2", "Set-Cookie", "c", "Set-Cookie", "d"],
    },
    true,
  );
  expect([request.method, request.target, request.secure]).toEqual(["GET", "/a?b", true]);
  expect([
    request.headers.get("HOST"),
    request.headers.get("X-A"),
    request.headers.get("Set-Cookie"),
    request.headers.get("constructor"),
  ]).toEqual(["h", "1, 2", "c, d", undefined]);
  expect([...request.headers]).toEqual([
    ["host", "h"],
    ["x-a", "1"],
    ["x-a", "2"],
    ["set-cookie", "c"],
    ["set-cookie", "d"],
  ]);
});

const raw = ["Host", "h", "X-A", "1", "Cookie", "a=b"];
const parsed = { host: "h", "x-a": "1", cookie: "a=b" };
test.each([
  ["fields as Node has parsed them", parsed, raw],
  ["a field that an application has changed", { ...parsed, "x-a": "2" }, raw],
  ["a field that an application has added", { ...parsed, "x-b": "2" }, raw],
  ["a field that an application has removed", { host: "h", cookie: "a=b" }, raw],
  ["a repeated field", { ...parsed, "x-a": "1, 1" }, [...raw, "x-a", "1"]],
  ["a repeated field of which Node keeps the first", parsed, [...raw, "Host", "i"]],
  ["a name that Node's object has by birth", { ...parsed, constructor: "c" }, raw],
])("a held head has %s as one that is not", (_, headers, rawHeaders) => {
  const given = { method: "GET", url: "/", headers, rawHeaders };
  const [held, not] = [openingRequestOf(given, false, true), openingRequestOf(given, false)];
  const names = ["host", "X-A", "x-b", "cookie", "constructor", "none"];
  expect(names.map((name) => held.headers.get(name))).toEqual(
    names.map((name) => not.headers.get(name)),
  );
  expect([...held.headers]).toEqual([...not.headers]);
});

test("makes do with what a framework or a test hands over", () => {
  const request = openingRequestOf(
    {
      method: undefined,
      url: undefined,
      headers: { Host: "h", "set-cookie": ["c", "d"], none: undefined },
    },
    false,
  );
  expect([request.method, request.target, request.secure, [...request.headers]]).toEqual([
    "",
    "",
    false,
    [
      ["host", "h"],
      ["set-cookie", "c, d"],
      ["none", ""],
    ],
  ]);
});
