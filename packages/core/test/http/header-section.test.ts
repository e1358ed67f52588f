import { describe, expect, test } from "vitest";
import { sectionFields } from "../../src/http/header-section.ts";
import { UsageError } from "../../src/index.ts";

describe("sectionFields", () => {
  test("pseudo-fields come first, names are lower-case, repeated ones stay", () => {
    expect(
      sectionFields(
        [[":status", "200"]],
        [
          ["Set-Cookie", "a"],
          ["SET-COOKIE", "b"],
        ],
      ),
    ).toEqual([
      [":status", "200"],
      ["set-cookie", "a"],
      ["set-cookie", "b"],
    ]);
  });

  test.each([
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "Transfer-Encoding",
    "Upgrade",
    "HTTP2-Settings",
    "TE",
  ])("%s, which is a connection's, is left out", (name) => {
    expect(
      sectionFields(
        [],
        [
          [name, "x"],
          ["a", "b"],
        ],
      ),
    ).toEqual([["a", "b"]]);
  });

  const wrong: [name: string, value: string, text: string][] = [
    [":path", "/", 'header name: expected a token, got ":path"'],
    ["a", "b\r\nc: d", "header a: expected text without line breaks"],
    ["a", "☃", "header a: expected text without line breaks"],
  ];
  test.each(wrong)("%j: %j may not be sent", (name, value, text) => {
    expect(() => sectionFields([], [[name, value]])).toThrow(UsageError);
    expect(() => sectionFields([], [[name, value]])).toThrow(text);
  });
});
