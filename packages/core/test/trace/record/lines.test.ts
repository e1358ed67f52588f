import { describe, expect, test } from "vitest";
import { createTestPlatform } from "../../../src/testing/platform.ts";
import { latin1, LineWriter } from "../../../src/trace/record/lines.ts";
import { bytesValue } from "../../../src/trace/values.ts";

const written = (write: (lines: LineWriter) => void, most = Infinity): unknown => {
  const lines = new LineWriter(createTestPlatform(), most);
  lines.begin(7, latin1(',"x"'));
  write(lines);
  lines.end();
  return JSON.parse(Buffer.from(lines.bytes.subarray(0, lines.size)).toString());
};
const encoder = new TextEncoder();

test.each([
  "",
  "plain",
  'quote " and \\',
  "\u0000\b\t\n\u001f\u007f",
  "é水😀\u2028",
  "x".repeat(5000),
])("UTF-8 %j reads as the same string", (text) => {
  const bytes = encoder.encode(`..${text}.`);
  expect(
    written((lines) => {
      lines.utf8(bytes, 2, bytes.length - 1);
    }),
  ).toEqual([7, "x", text]);
  expect(
    written((lines) => {
      lines.text(text);
    }),
  ).toEqual([7, "x", text]);
});

test("a lone surrogate stays what it is", () => {
  expect(
    written((lines) => {
      lines.text("\ud800");
    }),
  ).toEqual([7, "x", "\ud800"]);
});

test("numbers, flags, values and bytes", () => {
  expect(
    written((lines) => {
      lines.flag(true);
      lines.flag(false);
      lines.value({ a: [null] });
      lines.value(-12);
      lines.octets(Uint8Array.of(1, 2, 255), 1, 3);
    }),
  ).toEqual([7, "x", true, false, { a: [null] }, -12, { hex: "02ff" }]);
});

describe("what is longer than is kept is cut", () => {
  const bytes = encoder.encode("abcdé");
  test("as bytes", () => {
    expect(
      written((lines) => {
        lines.octets(bytes, 0, bytes.length);
      }, 3),
    ).toEqual([7, "x", bytesValue(bytes, 3)]);
  });
  test("as text", () => {
    expect(
      written((lines) => {
        lines.utf8(bytes, 0, bytes.length);
      }, 3),
    ).toEqual([7, "x", bytesValue(bytes, 3)]);
    expect(
      written((lines) => {
        lines.text("abcdé");
      }, 3),
    ).toEqual([7, "x", bytesValue(bytes, 3)]);
    expect(
      written((lines) => {
        lines.text("abcdé");
      }, 6),
    ).toEqual([7, "x", "abcdé"]);
  });
});

test("memory that a large step needed is given back", () => {
  const lines = new LineWriter(createTestPlatform(), Infinity);
  lines.octets(new Uint8Array(100_000), 0, 100_000);
  expect(lines.bytes.length).toBeGreaterThan(200_000);
  lines.clear();
  expect([lines.size, lines.bytes.length]).toEqual([0, 1024]);
});

test.each([0, 9, 10, 99, 100, 14_352_415, 0x7fffffff, 0x80000000, 2 ** 40, -1, -9, -10, -1234])(
  "the number %s",
  (value) => {
    expect(
      written((lines) => {
        lines.constant(latin1(","));
        lines.number(value);
      }),
    ).toEqual([7, "x", value]);
  },
);

test.each([
  "",
  "plain ~",
  'a "quote"',
  "back\\slash",
  "\u007f",
  "\u0000\n",
  "ä€😀",
  "x".repeat(300),
])("the text %j, as JSON has it", (text) => {
  const lines = new LineWriter(createTestPlatform(), Infinity);
  lines.text("before");
  lines.text(text);
  lines.end();
  expect(new TextDecoder().decode(lines.bytes.subarray(0, lines.size))).toBe(
    `,"before",${JSON.stringify(text)}]\n`,
  );
  expect(lines.count).toBe(1);
});

test("bytes of odd and even number, at odd and even places", () => {
  for (let size = 0; size < 6; size++)
    for (let from = 0; from < 3; from++) {
      const bytes = Uint8Array.from({ length: 9 }, (_, at) => 0x0f + 31 * at);
      const lines = new LineWriter(createTestPlatform(), Infinity);
      lines.raw("x".repeat(size));
      lines.octets(bytes, from, from + size);
      expect(new TextDecoder().decode(lines.bytes.subarray(size, lines.size))).toBe(
        `,{"hex":"${Buffer.from(bytes.subarray(from, from + size)).toString("hex")}"}`,
      );
    }
});
