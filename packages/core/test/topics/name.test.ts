import { describe, expect, test } from "vitest";
import { checkPattern, checkTopic, matches, overlaps } from "../../src/topics/name.ts";

describe("what a topic may be called", () => {
  test.each(["room/42", "a", "ä/€/😀", "with space/and.dot", "x>y", "a/b/c/d/e", "%2a"])(
    "%j",
    (name) => {
      expect(checkTopic(name)).toBe(name);
      expect(checkPattern(name)).toBe(name);
    },
  );

  test.each([
    ["", "empty segment"],
    ["/a", "empty segment"],
    ["a/", "empty segment"],
    ["a//b", "empty segment"],
    ["a\nb", "control character"],
    ["a\0", "control character"],
    ["$presence", "reserved"],
    ["x".repeat(256), "at most 255"],
  ])("%j is refused", (name, why) => {
    expect(() => checkTopic(name)).toThrow(why);
    expect(() => checkPattern(name)).toThrow(why);
  });

  test.each([undefined, null, 1, {}])("%j is refused as no string", (name) => {
    expect(() => checkTopic(name)).toThrow("expected a string");
  });

  test("wildcards are for subscribing", () => {
    expect(() => checkTopic("room/*")).toThrow("wildcard");
    for (const pattern of ["*", "**", "room/*", "*/42", "a/**", "*/*/**"])
      expect(checkPattern(pattern)).toBe(pattern);
    for (const pattern of ["a*", "**/a", "a/b*/c", "***"])
      expect(() => checkPattern(pattern)).toThrow("stands alone");
  });
});

test.each<[string, string, boolean]>([
  ["room/42", "room/42", true],
  ["room/42", "room/43", false],
  ["room/*", "room/42", true],
  ["room/*", "*/42", true],
  ["room/*", "hall/*", false],
  ["room/*", "room", false],
  ["room/**", "room", false],
  ["room/**", "room/1/2", true],
  ["**", "room/*/x", true],
  ["*/1/**", "room/2/**", false],
])("%s and %s overlap: %s", (one, other, expected) => {
  expect([overlaps(one, other), overlaps(other, one)]).toEqual([expected, expected]);
});

test.each<[string, string, boolean]>([
  ["room/42", "room/42", true],
  ["room/42", "room/43", false],
  ["room/*", "room/42", true],
  ["room/*", "room", false],
  ["room/*", "room/42/x", false],
  ["*", "room", true],
  ["*", "room/42", false],
  ["*/42", "room/42", true],
  ["**", "room", true],
  ["**", "room/42/x", true],
  ["room/**", "room", false],
  ["room/**", "room/1", true],
  ["room/**", "room/1/2/3", true],
  ["room/*/**", "room/1", false],
])("%s covers %s: %s", (pattern, name, expected) => {
  expect(matches(pattern, name)).toBe(expected);
});
