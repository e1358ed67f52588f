/** The framing of drafts 75 and 76. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FrameSink } from "../../src/frame/decoder.ts";
import { HixieDecoder } from "../../src/frame/hixie-decoder.ts";
import { cut, utf8 } from "../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../src/testing/recorder.ts";

/** Writes down frames and violations; with `stop` it stops the decoder after each frame. */
class Sink implements FrameSink {
  readonly told: string[] = [];
  text = "";
  declared = 0;
  violated = false;
  stop = false;
  private opcode = 0;

  frameBegin(opcode: number, fin: boolean, rsv: number, length: number): boolean {
    if (!fin || rsv !== 0) throw new Error("no such frames in the drafts");
    this.opcode = opcode;
    this.declared = length;
    return true;
  }

  framePayload(bytes: Uint8Array, start: number, end: number, last: boolean): boolean {
    this.text += Buffer.from(bytes.subarray(start, end)).toString("latin1");
    if (!last) return true;
    this.told.push(`${this.opcode} ${this.text}`.trimEnd());
    this.text = "";
    return !this.stop;
  }

  frameViolation(code: string): false {
    this.told.push(code);
    this.violated = true;
    return false;
  }
}

const bytes = (...parts: (number | string)[]): Uint8Array =>
  joinBytes(parts.map((part) => (typeof part === "number" ? Uint8Array.of(part) : utf8(part))));
function told(chunks: readonly Uint8Array[], { limit = 100, closes = true } = {}): string[] {
  const sink = new Sink();
  const decoder = new HixieDecoder(sink, limit, closes);
  for (const chunk of chunks) {
    if (sink.violated) break;
    decoder.decode(chunk, 0, chunk.length);
  }
  return sink.told;
}

const rows: [name: string, bytes: Uint8Array, told: string[]][] = [
  ["text", bytes(0, "hello", 255), ["1 hello"]],
  ["empty text", bytes(0, 255), ["1"]],
  ["several", bytes(0, "a", 255, 0, 255, 0, "b", 255), ["1 a", "1", "1 b"]],
  ["text that has not ended", bytes(0, "a"), []],
  ["other delimited types are dropped", bytes(1, "a", 255, 0x7f, "b", 255, 0, "c", 255), ["1 c"]],
  ["a frame of a stated length is skipped", bytes(0x80, 3, "abc", 0, "d", 255), ["1 d"]],
  ["… whatever is in it", bytes(0x81, 2, 255, 0, 0, "d", 255), ["1 d"]],
  ["… of length 0", bytes(0x80, 0, 0, "d", 255), ["1 d"]],
  ["… of two digits", bytes(0x90, 0x80, 2, "ab", 0, "d", 255), ["1 d"]],
  ["… of 0x7f", bytes(0xfe, 0x64, "x".repeat(100), 0, "d", 255), ["1 d"]],
  ["FF with a length is no close", bytes(255, 2, "ab", 0, "d", 255), ["1 d"]],
  ["FF 00 closes", bytes(0, "a", 255, 255, 0), ["1 a", "8"]],
  ["FF 80 00 too", bytes(255, 0x80, 0), ["8"]],
];
test.each(rows)("%s", (_, stream, expected) => {
  expect(told([stream])).toEqual(expected);
  expect(told([...stream].map((byte) => Uint8Array.of(byte)))).toEqual(expected);
});

test("draft 75 knows no close", () => {
  expect(told([bytes(255, 0, 0, "a", 255)], { closes: false })).toEqual(["1 a"]);
});

describe("limits", () => {
  const limits: [name: string, bytes: Uint8Array, told: string[]][] = [
    ["text of just the size", bytes(0, "12345", 255), ["1 12345"]],
    ["one byte more, before its end has come", bytes(0, "123456"), ["message-too-big"]],
    ["each text by itself", bytes(0, "12345", 255, 0, "12345", 255), ["1 12345", "1 12345"]],
    ["a dropped type too", bytes(1, "123456"), ["message-too-big"]],
    ["a stated length of just the size", bytes(0x80, 5, "12345", 0, "a", 255), ["1 a"]],
    ["one byte more, before its bytes have come", bytes(0x80, 6), ["message-too-big"]],
    ["digits that have no end stop at the limit", bytes(0x80, 0x81, 0x80), ["message-too-big"]],
    [
      "a length beyond 2 to the 53rd (CVE-2026-54466)",
      bytes(0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
      ["message-too-big"],
    ],
    ["FF with a giant length", bytes(255, 0xff, 0xff), ["message-too-big"]],
    [
      "leading zeros have no end either, and hold nothing",
      bytes(0x80, ...new Array<number>(10_000).fill(0x80), 1, "x", 0, "a", 255),
      ["1 a"],
    ],
  ];
  test.each(limits)("%s", (_, stream, expected) => {
    expect(told([stream], { limit: 5 })).toEqual(expected);
    expect(
      told(
        [...stream].map((byte) => Uint8Array.of(byte)),
        { limit: 5 },
      ),
    ).toEqual(expected);
  });

  test("a length that just fits into a number is counted right to the end", () => {
    // Seven digits of 7 bits, less one: a limit of 2^49 lets it pass, and none of it is held.
    const sink = new Sink();
    const decoder = new HixieDecoder(sink, Number.MAX_SAFE_INTEGER, true);
    decoder.decode(bytes(0x80, 0xff, 0xff, 0x7f), 0, 4);
    const chunk = new Uint8Array(65_536).fill(255);
    for (let left = 2 ** 21 - 1; left > 0; left -= chunk.length)
      decoder.decode(chunk, 0, Math.min(left, chunk.length));
    const rest = bytes(0, "a", 255);
    decoder.decode(rest, 0, rest.length);
    expect(sink.told).toEqual(["1 a"]);
  });

  test("a text is declared as no longer than it may be", () => {
    const sink = new Sink();
    new HixieDecoder(sink, 77, true).decode(bytes(0, "a"), 0, 2);
    expect(sink.declared).toBe(77);
  });
});

test("stops behind the message at which it is told to, and goes on from there", () => {
  const sink = new Sink();
  const decoder = new HixieDecoder(sink, 100, true);
  const stream = bytes("..", 0, "a", 255, 0, "b", 255, 255, 0);
  sink.stop = true;
  const ends = [2];
  while (ends.at(-1)! < stream.length)
    ends.push(decoder.decode(stream, ends.at(-1)!, stream.length));
  expect([ends, sink.told]).toEqual([
    [2, 5, 8, 10],
    ["1 a", "1 b", "8"],
  ]);
});

test("reads no further than it may", () => {
  const sink = new Sink();
  const decoder = new HixieDecoder(sink, 100, true);
  const stream = bytes(0, "abc", 255);
  expect(decoder.decode(stream, 0, 3)).toBe(3);
  expect([sink.told, sink.text]).toEqual([[], "ab"]);
  decoder.decode(stream, 3, stream.length);
  expect(sink.told).toEqual(["1 abc"]);
});

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 20 }).map((text) => bytes(0, text, 255)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.integer({ min: 0x80, max: 0xff }), fc.uint8Array({ maxLength: 20 }))
      .map(([type, data]) => joinBytes([Uint8Array.of(type, data.length), data])),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 0x7f }), fc.string({ maxLength: 20 }))
      .map(([type, text]) => bytes(type, text, 255)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
);

test("any bytes, however they are cut, read alike, and nothing is thrown", () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 10 }).map(joinBytes),
      fc.array(fc.nat(), { maxLength: 10 }),
      fc.integer({ min: 1, max: 60 }),
      fc.boolean(),
      (stream, cuts, limit, closes) => {
        const whole = told([stream], { limit, closes });
        const offsets = cuts.map((at) => at % (stream.length + 1)).sort((x, y) => x - y);
        expect(told(cut(stream, offsets), { limit, closes })).toEqual(whole);
        expect(
          told(
            [...stream].map((byte) => Uint8Array.of(byte)),
            { limit, closes },
          ),
        ).toEqual(whole);
      },
    ),
    { numRuns: 500 },
  );
});
