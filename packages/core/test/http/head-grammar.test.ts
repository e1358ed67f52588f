import { describe, expect, test } from "vitest";
import { parseRequestHead, parseResponseHead, pathOf } from "../../src/http/head-grammar.ts";
import requestHeads from "../fixtures/request-heads.json" with { type: "json" };
import responseHeads from "../fixtures/response-heads.json" with { type: "json" };

/** The parser's scan has seen to these before the text gets here. */
const scanned = /line feed|control character|empty first line/;
/** The grammar knows one head at a time, without what may stand before it. */
const textOf = (raw: string): string => raw.replace(/^(\r\n|HTTP\/1\.1 10[03] .*?\r\n\r\n)+/s, "");

describe.each([
  { kind: "request", parse: parseRequestHead, heads: requestHeads },
  { kind: "response", parse: parseResponseHead, heads: responseHeads },
])("$kind", ({ parse, heads }) => {
  const texts = heads.filter(({ must_fail }) => !scanned.test(must_fail?.message ?? ""));
  test.each(texts)("$name", ({ raw, expected, must_fail }) => {
    const parsed = parse(textOf(raw));
    expect("headers" in parsed ? { ...parsed, headers: [...parsed.headers] } : parsed).toEqual(
      expected ?? must_fail,
    );
  });
});

test.each([
  ["/chat?x=1", "/chat?x=1"],
  ["http://server.example.com/chat?x=1", "/chat?x=1"],
  ["HTTPS://server.example.com", "/"],
  ["http://server.example.com?x=1", "/?x=1"],
  ["/http://server.example.com/", "/http://server.example.com/"],
  ["*", "*"],
])("the path of the target %s", (target, path) => {
  expect(pathOf(target)).toBe(path);
});
