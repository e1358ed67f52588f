import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeadParser } from "../../src/http/head-parser.ts";
import { writeRequestHead, writeResponseHead } from "../../src/http/head-writer.ts";
import { UsageError } from "../../src/violation.ts";

/** Any code point; fast-check's own unit for that takes seconds to make. */
const codePoint = fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point));
const LIMITS = { maxHeadSize: 1 << 20, maxHeaderCount: 1000 };
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

test("a request", () => {
  expect(
    text(
      writeRequestHead("GET", "/a?b=c", [
        ["Host", "h"],
        ["x-Y", "é\t1"],
        ["E", ""],
      ]),
    ),
  ).toBe("GET /a?b=c HTTP/1.1\r\nHost: h\r\nx-Y: é\t1\r\nE: \r\n\r\n");
});

test("a response, and its body as it is", () => {
  expect(
    text(writeResponseHead(404, "Not Found", [["A", "b"]], Uint8Array.of(1, 13, 10, 255))),
  ).toBe("HTTP/1.1 404 Not Found\r\nA: b\r\n\r\n\u0001\r\n\u00ff");
  expect(text(writeResponseHead(101, "", []))).toBe("HTTP/1.1 101 \r\n\r\n");
});

const BAD_VALUE =
  "expected text without line breaks, other control characters or characters above U+00FF";
const refused: [name: string, write: () => Uint8Array, message: string][] = [
  [
    "a line break in a value",
    () => writeRequestHead("GET", "/", [["X-A", "b\r\nEvil: 1"]]),
    `header X-A: ${BAD_VALUE}, got "b\\r\\nEvil: 1"`,
  ],
  [
    "CR alone",
    () => writeRequestHead("GET", "/", [["X-A", "b\rc"]]),
    `header X-A: ${BAD_VALUE}, got "b\\rc"`,
  ],
  [
    "LF alone",
    () => writeResponseHead(200, "", [["X-A", "b\n"]]),
    `header X-A: ${BAD_VALUE}, got "b\\n"`,
  ],
  [
    "NUL",
    () => writeResponseHead(200, "", [["X-A", "\0"]]),
    `header X-A: ${BAD_VALUE}, got "\\u0000"`,
  ],
  [
    "what Latin-1 would cut to a line break",
    () => writeRequestHead("GET", "/", [["X-A", "\u010d\u010aEvil: 1"]]),
    `header X-A: ${BAD_VALUE}, got "\u010d\u010aEvil: 1"`,
  ],
  [
    "a long value is not shown whole",
    () => writeRequestHead("GET", "/", [["X-A", `\n${"a".repeat(500)}`]]),
    `header X-A: ${BAD_VALUE}, got "\\n${"a".repeat(99)}…"`,
  ],
  [
    "a colon in a name",
    () => writeRequestHead("GET", "/", [["a:b", "c"]]),
    'header name: expected a token, got "a:b"',
  ],
  [
    "a line break in a name",
    () => writeResponseHead(200, "", [["a\r\nb", "c"]]),
    'header name: expected a token, got "a\\r\\nb"',
  ],
  [
    "no name",
    () => writeRequestHead("GET", "/", [["", "c"]]),
    'header name: expected a token, got ""',
  ],
  [
    "a space in a target",
    () => writeRequestHead("GET", "/ HTTP/1.1\r\nEvil: 1", []),
    'target: expected ASCII without spaces or control characters, got "/ HTTP/1.1\\r\\nEvil: 1"',
  ],
  [
    "a target beyond ASCII",
    () => writeRequestHead("GET", "/é", []),
    'target: expected ASCII without spaces or control characters, got "/é"',
  ],
  [
    "no target",
    () => writeRequestHead("GET", "", []),
    'target: expected ASCII without spaces or control characters, got ""',
  ],
  [
    "a method that is no token",
    () => writeRequestHead("GET /", "/", []),
    'method: expected a token, got "GET /"',
  ],
  [
    "a line break in a phrase",
    () => writeResponseHead(200, "OK\r\nEvil: 1", []),
    `statusText: ${BAD_VALUE}, got "OK\\r\\nEvil: 1"`,
  ],
  [
    "a status of two digits",
    () => writeResponseHead(99, "", []),
    "status: expected a whole number from 100 to 599, got 99",
  ],
  [
    "a status above 599",
    () => writeResponseHead(600, "", []),
    "status: expected a whole number from 100 to 599, got 600",
  ],
  [
    "half a status",
    () => writeResponseHead(200.5, "", []),
    "status: expected a whole number from 100 to 599, got 200.5",
  ],
  [
    "no number for a status",
    () => writeResponseHead(NaN, "", []),
    "status: expected a whole number from 100 to 599, got NaN",
  ],
];
test.each(refused)("refuses %s", (_, write, message) =>
  expect(write).toThrow(new UsageError(message)),
);

describe("properties", () => {
  const token = fc.string({
    unit: fc.constantFrom(..."!#$%&'*+-.^_`|~019AZaz"),
    minLength: 1,
    maxLength: 12,
  });
  const value = fc
    .string({
      unit: fc
        .integer({ min: 32, max: 255 })
        .filter((code) => code !== 127)
        .map((code) => String.fromCharCode(code)),
    })
    .map((text) => text.replace(/^ +| +$/g, ""));
  const fields = fc.array(fc.tuple(token, value), { maxLength: 12 });
  const lower = (pairs: [string, string][]) =>
    pairs.map(([name, text]) => [name.toLowerCase(), text]);

  test("what is written reads as what was meant", () => {
    const target = fc.string({
      unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)),
      minLength: 1,
    });
    fc.assert(
      fc.property(token, target, fields, (method, path, pairs) => {
        const bytes = writeRequestHead(method, path, pairs);
        const parser = new HeadParser("request", LIMITS);
        expect(parser.push(bytes, 0, bytes.length)).toBe(bytes.length);
        expect([parser.request.method, parser.request.target, [...parser.request.headers]]).toEqual(
          [method, path, lower(pairs)],
        );
      }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }),
        value,
        fields,
        fc.uint8Array(),
        (status, phrase, pairs, body) => {
          const bytes = writeResponseHead(status, phrase, pairs, body);
          const parser = new HeadParser("response", LIMITS);
          expect(parser.push(bytes, 0, bytes.length)).toBe(bytes.length - body.length);
          expect([
            parser.response.status,
            parser.response.statusText,
            [...parser.response.headers],
          ]).toEqual([status, phrase, lower(pairs)]);
        },
      ),
    );
  });

  test("no name, value, target or phrase can add a line or end the head: it is refused, or stands for itself", () => {
    const anything = fc.oneof(
      fc.string({ unit: codePoint }),
      fc.string({
        unit: fc.constantFrom(
          "\r",
          "\n",
          "\0",
          ":",
          " ",
          "a",
          "\u010a",
          "\u010d",
          "\u2028",
          "\x85",
        ),
      }),
    );
    fc.assert(
      fc.property(anything, anything, anything, (name, content, line) => {
        for (const write of [
          () => writeRequestHead("GET", line, [[name, content]]),
          () => writeResponseHead(200, line, [[name, content]]),
        ]) {
          try {
            expect(text(write()).split(/\r\n|\r|\n/)).toHaveLength(4); // first line, field, the empty line, and nothing after
          } catch (error) {
            if (!(error instanceof UsageError)) throw error;
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
