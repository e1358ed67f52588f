import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  hasToken,
  isFieldValue,
  isToken,
  isVisibleAscii,
  splitList,
  tokenEnd,
  trimBlanks,
} from "../../src/http/tokens.ts";

const LATIN1 = Array.from({ length: 0x180 }, (_, code) => String.fromCharCode(code));

describe("character by character, against the grammar's own expressions", () => {
  test.each(
    LATIN1.map((character): [string, string] => [character.charCodeAt(0).toString(16), character]),
  )("U+%s", (_, character) => {
    expect(isToken(character), "token").toBe(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(character));
    expect(isFieldValue(character), "value").toBe(/^[\t\x20-\x7e\x80-\xff]$/.test(character));
    expect(isVisibleAscii(character), "visible").toBe(/^[\x21-\x7e]$/.test(character));
    expect(trimBlanks(character), "trimmed").toBe(
      character === " " || character === "\t" ? "" : character,
    );
  });
});

test("nothing is no token and not visible, but a value", () => {
  expect([isToken(""), isVisibleAscii(""), isFieldValue("")]).toEqual([false, false, true]);
});

test.each([
  ["permessage-deflate; a", 0, 18],
  ["a,b", 2, 3],
  [",", 0, 0],
  ["", 0, 0],
  ["a", 1, 1],
])("the token of %j at %i ends at %i", (text, from, end) => {
  expect(tokenEnd(text, from)).toBe(end);
});

test.each([
  ["  a b\t", "a b"],
  ["a", "a"],
  [" \t ", ""],
  ["\u00a0a\u00a0", "\u00a0a\u00a0"],
])("%j trimmed is %j", (text, expected) => {
  expect(trimBlanks(text)).toBe(expected);
});

const lists: [value: string, elements: string[]][] = [
  ["", []],
  ["a", ["a"]],
  ["a,b", ["a", "b"]],
  [" a \t,\tb ", ["a", "b"]],
  [",a,, ,b,", ["a", "b"]],
  ["a b,c", ["a b", "c"]],
];
test.each(lists)("the elements of %j are %j", (value, elements) =>
  expect(splitList(value)).toEqual(elements),
);

const memberships: [value: string | undefined, expected: boolean][] = [
  ["upgrade", true],
  ["Upgrade", true],
  ["UPGRADE", true],
  ["keep-alive, Upgrade", true],
  ["keep-alive,upgrade", true],
  ["upgrade , close", true],
  [",\tUpgrade\t,", true],
  [undefined, false],
  ["", false],
  ["upgrades", false],
  ["up grade", false],
  ["no-upgrade", false],
  ["upgrade;x", false],
  ['"upgrade"', false],
  ["keep-alive", false],
  ["upgrade\u00a0", false],
];
test.each(memberships)("%j has the token upgrade: %j", (value, expected) =>
  expect(hasToken(value, "upgrade")).toBe(expected),
);

test("a token has only ASCII letters, so no other letter stands for one", () => {
  expect(hasToken("\u212aeep-alive", "keep-alive")).toBe(false); // KELVIN SIGN lower-cases to k
});

test("lists are split as by a regular expression, on anything", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(",", " ", "\t", "a", "b", '"', "\\") }),
      (value) => {
        expect(splitList(value)).toEqual(
          value
            .split(",")
            .map((element) => element.replace(/^[ \t]+/, "").replace(/[ \t]+$/, ""))
            .filter(Boolean),
        );
      },
    ),
  );
});

describe("a hostile mebibyte is read in time linear in its length (CVE-2021-32640, CVE-2020-7662)", () => {
  const MEBIBYTE = 1 << 20;
  const hostile: [name: string, text: string][] = [
    ["spaces", " ".repeat(MEBIBYTE)],
    ["spaces with something at the end", " ".repeat(MEBIBYTE) + "a"],
    ["something, then spaces, then something", "a" + " ".repeat(MEBIBYTE) + "a"],
    ["commas", ",".repeat(MEBIBYTE)],
    ["commas and spaces", " ,".repeat(MEBIBYTE / 2)],
    ["an open string of escapes", `a; b="${"\\c".repeat(MEBIBYTE / 2)}`],
    ["one token", "a".repeat(MEBIBYTE)],
  ];
  const readers = {
    isToken,
    isFieldValue,
    isVisibleAscii,
    trimBlanks,
    splitList,
    tokenEnd: (text: string) => tokenEnd(text, 0),
    hasToken: (text: string) => hasToken(text, "x"),
  };
  // Quadratic time would be 10^12 steps. Linear is some 10 ms; the bound leaves room for a busy machine.
  test.each(hostile)("%s", (_, text) => {
    const before = process.cpuUsage();
    for (const read of Object.values(readers)) read(text);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(3000);
  });
});
