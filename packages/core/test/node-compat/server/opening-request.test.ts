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
