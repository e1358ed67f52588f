import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameDecoder, type FrameSink } from "../../src/frame/decoder.ts";
import { BINARY, CLOSE, CONTINUATION, PING, TEXT } from "../../src/frame/opcode.ts";
import { cut } from "../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../src/testing/recorder.ts";
import { encodeFrame, type FrameInit } from "../../src/testing/wire/frames.ts";

type Line = string;

/** Writes down what it hears. */
class Log implements FrameSink {
  readonly lines: Line[] = [];
  /** The call that stops the decoder. */
  stopAt: "begin" | "payload" | undefined;
  private parts: Uint8Array[] = [];

  frameBegin(opcode: number, fin: boolean, ...rest: number[]): boolean {
    this.lines.push(`${fin ? "" : "part of "}${opcode}, ${rest.at(-1)} bytes`);
    return this.stopAt !== "begin";
  }

  framePayload(bytes: Uint8Array, start: number, end: number, last: boolean): boolean {
    this.parts.push(bytes.slice(start, end));
    if (last) {
      const all = joinBytes(this.parts);
      this.lines.push(
        all.length > 20
          ? `${all.length} bytes, ${all.reduce((sum, byte) => (sum * 31 + byte) | 0, 7)}`
          : `[${[...all].join(" ")}]`,
      );
      this.parts = [];
    }
    return this.stopAt !== "payload";
  }

  frameViolation(code: string, detail: number): false {
    this.lines.push(`! ${code} ${detail}`);
    return false;
  }
}

const roles = [
  ["server", true],
  ["client", false],
] as const;
const wire = (init: FrameInit, masked: boolean): Uint8Array => encodeFrame(init, masked);

/** The log of a decoder that reads the chunks, up to the first violation. */
function heard(chunks: readonly Uint8Array[], masked: boolean): Line[] {
  const log = new Log();
  const decoder = new FrameDecoder(log, masked);
  for (const chunk of chunks) {
    if (log.lines.at(-1)?.startsWith("!")) break;
    expect(decoder.decode(chunk, 0, chunk.length)).toBe(chunk.length);
  }
  return log.lines;
}

const pattern = (size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => i * 13 + 1);
const shownOf = (payload: Uint8Array): Line =>
  payload.length > 20
    ? `${payload.length} bytes, ${payload.reduce((sum, byte) => (sum * 31 + byte) | 0, 7)}`
    : `[${[...payload].join(" ")}]`;

describe.each(roles)("a %s's decoder", (_, masked) => {
  test.each([0, 1, 2, 3, 4, 5, 124, 125, 126, 127, 1000, 65535, 65536])(
    "a frame of %d bytes, however its header is cut",
    (size) => {
      const payload = pattern(size);
      const bytes = wire({ opcode: BINARY, payload }, masked);
      const expected = [`2, ${size} bytes`, shownOf(payload)];
      expect(heard([bytes.slice()], masked)).toEqual(expected);
      for (let at = 1; at < Math.min(bytes.length, 20); at++)
        expect(heard(cut(bytes, [at]), masked), `cut at ${at}`).toEqual(expected);
      if (size < 2000)
        expect(
          heard(
            [...bytes].map((byte) => Uint8Array.of(byte)),
            masked,
          ),
        ).toEqual(expected);
    },
  );

  test("a header says its length as soon as it is there; up to 2^53 − 1", () => {
    for (const declared of [2n ** 32n, 2n ** 32n + 5n, 2n ** 53n - 1n]) {
      const bytes = wire({ opcode: BINARY, declared }, masked);
      expect(heard([bytes.slice()], masked)).toEqual([`2, ${declared} bytes`]);
      expect(
        heard(
          [...bytes].map((byte) => Uint8Array.of(byte)),
          masked,
        ),
      ).toEqual([`2, ${declared} bytes`]);
    }
  });

  test("frames of every kind, one behind the other, cut anywhere", () => {
    const bytes = joinBytes([
      wire({ opcode: TEXT, payload: pattern(3), fin: false }, masked),
      wire({ opcode: PING, payload: pattern(125) }, masked),
      wire({ opcode: CONTINUATION, payload: pattern(0), fin: false }, masked),
      wire({ opcode: CONTINUATION, payload: pattern(130) }, masked),
      wire({ opcode: CLOSE }, masked),
    ]);
    const whole = heard([bytes.slice()], masked);
    expect(whole).toEqual([
      "part of 1, 3 bytes",
      "[1 14 27]",
      "9, 125 bytes",
      shownOf(pattern(125)),
      "part of 0, 0 bytes",
      "[]",
      "0, 130 bytes",
      shownOf(pattern(130)),
      "8, 0 bytes",
      "[]",
    ]);
    for (let at = 1; at < bytes.length; at++)
      expect(heard(cut(bytes, [at]), masked)).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        expect(
          heard(
            cut(
              bytes,
              cuts.sort((a, b) => a - b),
            ),
            masked,
          ),
        ).toEqual(whole);
      }),
    );
  });

  test("a range of an array, and nothing around it", () => {
    const bytes = wire({ opcode: BINARY, payload: pattern(9) }, masked);
    const array = joinBytes([pattern(3), bytes, pattern(5)]);
    const log = new Log();
    const decoder = new FrameDecoder(log, masked);
    expect(decoder.decode(array, 3, 3)).toBe(3);
    expect(decoder.decode(array, 3, 3 + bytes.length)).toBe(3 + bytes.length);
    expect(log.lines).toEqual(["2, 9 bytes", shownOf(pattern(9))]);
    expect([...array.subarray(0, 3), ...array.subarray(-5)]).toEqual([
      ...pattern(3),
      ...pattern(5),
    ]);
  });

  const key = masked ? [1, 2, 3, 4] : [];
  const bit = masked ? 0x80 : 0;
  const violations: [name: string, bytes: number[], expected: string, judgedAfter: number][] = [
    ["RSV1", [0xc1, bit], "reserved-bits 4", 2],
    ["RSV2", [0xa1, bit], "reserved-bits 2", 2],
    ["RSV3", [0x91, bit], "reserved-bits 1", 2],
    ["all reserved bits, and everything else wrong too", [0x7f, 0xff ^ bit], "reserved-bits 7", 2],
    [
      "a data opcode without meaning, and the wrong mask",
      [0x83, 0x80 ^ bit],
      "unknown-opcode 3",
      2,
    ],
    [
      "a control opcode without meaning, fragmented and too long",
      [0x0b, bit | 127],
      "unknown-opcode 11",
      2,
    ],
    [
      "a control frame in fragments, too long, with the wrong mask",
      [0x09, (0x80 ^ bit) | 126],
      "fragmented-control 9",
      2,
    ],
    [
      "a control frame that is too long, with the wrong mask",
      [0x88, (0x80 ^ bit) | 126],
      "oversized-control 126",
      2,
    ],
    ["a control frame with the 64-bit length", [0x8a, bit | 127], "oversized-control 127", 2],
    ["the wrong mask", [0x81, 0x80 ^ bit], `${masked ? "mask-required" : "mask-forbidden"} 0`, 2],
    ["125 in 16 bits", [0x82, bit | 126, 0, 125, ...key], "non-minimal-length 125", 4 + key.length],
    [
      "65535 in 64 bits",
      [0x82, bit | 127, 0, 0, 0, 0, 0, 0, 255, 255, ...key],
      "non-minimal-length 65535",
      10 + key.length,
    ],
    [
      "0 in 64 bits",
      [0x82, bit | 127, 0, 0, 0, 0, 0, 0, 0, 0, ...key],
      "non-minimal-length 0",
      10 + key.length,
    ],
    [
      "the most significant bit",
      [0x82, bit | 127, 0x80, 0, 0, 0, 0, 0, 0, 1, ...key],
      "invalid-length 0",
      10 + key.length,
    ],
    [
      "2^53",
      [0x82, bit | 127, 0, 0x20, 0, 0, 0, 0, 0, 0, ...key],
      "message-too-big 0",
      10 + key.length,
    ],
  ];
  describe.each(violations)("%s", (__, numbers, expected, judgedAfter) => {
    const before = wire({ opcode: TEXT, payload: pattern(2) }, masked);
    const first = ["1, 2 bytes", "[1 14]"];

    test("is told as soon as it can be, and once", () => {
      const bytes = joinBytes([before, Uint8Array.from(numbers), pattern(30)]);
      expect(heard([bytes.slice()], masked)).toEqual([...first, `! ${expected}`]);
      expect(heard([bytes.slice(0, before.length + judgedAfter)], masked)).toEqual([
        ...first,
        `! ${expected}`,
      ]);
      expect(heard([bytes.slice(0, before.length + judgedAfter - 1)], masked)).toEqual(first);
    });

    test("is told alike however it is cut", () => {
      const bytes = joinBytes([before, Uint8Array.from(numbers), pattern(30)]);
      for (let at = 1; at < bytes.length; at++)
        expect(heard(cut(bytes, [at]), masked), `cut at ${at}`).toEqual([
          ...first,
          `! ${expected}`,
        ]);
      expect(
        heard(
          [...bytes].map((byte) => Uint8Array.of(byte)),
          masked,
        ),
      ).toEqual([...first, `! ${expected}`]);
    });
  });

  describe("a sink that stops", () => {
    const two = joinBytes([
      wire({ opcode: BINARY, payload: pattern(5) }, masked),
      wire({ opcode: TEXT, payload: pattern(0) }, masked),
    ]);
    const all = ["2, 5 bytes", shownOf(pattern(5)), "1, 0 bytes", "[]"];

    test.each(["begin", "payload"] as const)("at %s, and goes on, over any cut", (stopAt) => {
      for (let at = 0; at <= two.length; at++) {
        const log = new Log();
        const decoder = new FrameDecoder(log, masked);
        log.stopAt = stopAt;
        for (const chunk of cut(two, at === 0 ? [] : [at])) {
          // A chunk of nothing but an empty frame's stop may need one more call, with no bytes left.
          for (let from = 0, turns = 0; from < chunk.length; turns++) {
            const to = decoder.decode(chunk, from, chunk.length);
            expect(to >= from && turns < 10).toBe(true);
            from = to;
          }
        }
        decoder.decode(two, 0, 0);
        expect(log.lines, `cut at ${at}`).toEqual(all);
      }
    });

    test("at a frame's beginning gets its payload later, unmasked once", () => {
      const log = new Log();
      const decoder = new FrameDecoder(log, masked);
      const bytes = two.slice();
      const header = masked ? 6 : 2;
      log.stopAt = "begin";
      expect(decoder.decode(bytes, 0, bytes.length)).toBe(header);
      expect(log.lines).toEqual(["2, 5 bytes"]);
      log.stopAt = undefined;
      expect(decoder.decode(bytes, header, bytes.length)).toBe(bytes.length);
      expect(log.lines).toEqual(all);
    });
  });
});
