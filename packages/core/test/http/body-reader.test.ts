import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BODY_MAX, BodyReader } from "../../src/http/body-reader.ts";

type Fields = Record<string, string>;
const readerOf = (fields: Fields, status = 403): BodyReader =>
  new BodyReader({ status, statusText: "", headers: new Map(Object.entries(fields)) });
const octets = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

/** Reads `body` cut into pieces of `size`: what was kept, and whether it was complete. */
function read(
  fields: Fields,
  body: string,
  size = body.length,
  status?: number,
): [text: string, complete: boolean] {
  const reader = readerOf(fields, status);
  const bytes = octets(body);
  for (let at = 0; at < bytes.length; at += size)
    reader.push(bytes, at, Math.min(at + size, bytes.length));
  return [Buffer.from(reader.take()).toString("latin1"), reader.complete];
}

const chunked = { "transfer-encoding": "chunked" };
const cases: [name: string, fields: Fields, body: string, kept: string, complete: boolean][] = [
  ["of a known length", { "content-length": "5" }, "hello", "hello", true],
  [
    "of a known length, and more behind it",
    { "content-length": "5" },
    "hello, world",
    "hello",
    true,
  ],
  ["of a known length, so far", { "content-length": "9" }, "hello", "hello", false],
  ["up to the end", {}, "hello", "hello", false],
  [
    "a length that is none reads up to the end",
    { "content-length": "5, 5" },
    "hello",
    "hello",
    false,
  ],
  [
    "a length that is too long to count",
    { "content-length": "1".repeat(16) },
    "hello",
    "hello",
    false,
  ],
  ["chunked", chunked, '5\r\nhello\r\n7;a="b"\r\n, world\r\n0\r\n\r\n', "hello, world", true],
  [
    "chunked, sizes in either case and with zeros",
    chunked,
    "0A\r\n0123456789\r\n0b\r\n0123456789a\r\n0\r\n",
    "01234567890123456789a",
    true,
  ],
  [
    "chunked goes before a length (RFC 9112 §6.3)",
    { ...chunked, "content-length": "1" },
    "2\r\nhi\r\n0\r\n\r\n",
    "hi",
    true,
  ],
  [
    "another coding before chunked",
    { "transfer-encoding": "gzip, Chunked " },
    "2\r\nhi\r\n0\r\n\r\n",
    "hi",
    true,
  ],
  [
    "a coding that is not chunked reads up to the end",
    { "transfer-encoding": "gzip", "content-length": "1" },
    "hello",
    "hello",
    false,
  ],
  ["chunked, so far", chunked, "5\r\nhel", "hel", false],
  ["a chunk size that is none", chunked, "5\r\nhello\r\nxyz\r\nlost", "hello", true],
  ["a chunk size without a digit", chunked, "\r\nlost", "", true],
  ["a chunk size too long to count", chunked, `${"1".repeat(14)}\r\nlost`, "", true],
  ["a chunk that is longer than its size", chunked, "2\r\nhello\r\n", "he", true],
];

describe.each(cases)("%s", (_, fields, body, kept, complete) => {
  test("in one piece", () => expect(read(fields, body)).toEqual([kept, complete]));
  test("byte by byte", () => expect(read(fields, body, 1)).toEqual([kept, complete]));
});

test.each([
  [204, {}],
  [304, { "content-length": "5" }],
  [403, { "content-length": "0" }],
])("there is none with %i %j", (status, fields: Fields) => {
  expect([readerOf(fields, status).complete, readerOf(fields, status).take().length]).toEqual([
    true,
    0,
  ]);
});

test.each<[string, Fields, string]>([
  ["of a known length", { "content-length": "1000000" }, "x".repeat(1_000_000)],
  ["chunked", chunked, `f4240\r\n${"x".repeat(1_000_000)}\r\n0\r\n\r\n`],
  ["up to the end", {}, "x".repeat(1_000_000)],
])("of a huge body no more than the first 64 KiB are kept: %s", (_, fields, body) => {
  for (const size of [body.length, 1000])
    expect(read(fields, body, size)).toEqual(["x".repeat(BODY_MAX), true]);
});

test("however a chunked body is cut, it reads the same", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 40, unit: "binary-ascii" })),
      fc.integer({ min: 1, max: 50 }),
      (parts, size) => {
        const full = parts.filter((part) => part !== "");
        const body = full.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("");
        expect(read(chunked, `${body}0\r\n\r\n`, size)).toEqual([full.join(""), true]);
      },
    ),
  );
});
