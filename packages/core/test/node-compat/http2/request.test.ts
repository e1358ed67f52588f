import { describe, expect, test } from "vitest";
import { asksByConnect, connectRequestOf } from "../../../src/node-compat/http2/request.ts";

const fields = {
  ":method": "CONNECT",
  ":protocol": "websocket",
  ":path": "/chat",
  ":scheme": "https",
  ":authority": "a.example",
  cookie: "x",
  "set-cookie": ["a", "b"],
  host: "other",
};

describe("connectRequestOf", () => {
  test("is an opening request", () => {
    expect(connectRequestOf(fields, true)).toMatchObject({
      method: "CONNECT",
      protocol: "websocket",
      target: "/chat",
      httpVersion: "2.0",
      secure: true,
    });
  });
  test("what is missing is empty", () => {
    expect(connectRequestOf({}, false)).toMatchObject({ method: "", protocol: "", target: "" });
  });

  const reads: [name: string, value: string | undefined][] = [
    ["Host", "a.example"],
    ["Cookie", "x"],
    ["set-cookie", "a, b"],
    [":path", undefined],
    ["constructor", undefined],
    ["missing", undefined],
  ];
  test.each(reads)("%s reads %j", (name, value) => {
    expect(connectRequestOf(fields, false).headers.get(name)).toBe(value);
  });
  test("without an authority, Host is what it says", () => {
    expect(connectRequestOf({ host: "b" }, false).headers.get("host")).toBe("b");
  });

  test("fields are listed without pseudo-fields, and with Host once", () => {
    expect([...connectRequestOf(fields, false).headers]).toEqual([
      ["host", "a.example"],
      ["cookie", "x"],
      ["set-cookie", "a, b"],
    ]);
    expect([...connectRequestOf({ a: "b" }, false).headers]).toEqual([["a", "b"]]);
  });
});

test.each([
  [fields, true],
  [{ ...fields, ":protocol": "connect-udp" }, false],
  [{ ...fields, ":method": "GET" }, false],
  [{}, false],
] as const)("asksByConnect %o: %s", (headers, expected) => {
  expect(asksByConnect(headers as never)).toBe(expected);
});
