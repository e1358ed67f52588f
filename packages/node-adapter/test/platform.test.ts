import { ASCII, NOT_UTF8, UTF8 } from "@sansocket/core";
import fc from "fast-check";
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { nodePlatform as platform } from "../src/platform.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
/** Any UTF-16, lone surrogates included. */
const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
  maxLength: 300,
});
const wellFormed = fc.string({ unit: "binary", maxLength: 300 });
const long = (text: string, length: number): string =>
  text.repeat(Math.ceil(length / text.length)).slice(0, length);

/** Around the sizes at which the implementation changes. */
const sizes = [0, 1, 3, 4, 8, 12, 13, 24, 25, 87, 88, 89, 200, 16_383, 16_384, 16_385, 70_000];

describe("checkUtf8", () => {
  const cases: [name: string, bytes: Uint8Array, kind: number][] = [
    ["nothing", hex(""), ASCII],
    ["ASCII", hex("00417f"), ASCII],
    ["two octets", hex("c3a9"), UTF8],
    ["a byte order mark", hex("efbbbf41"), UTF8],
    ["four octets", hex("f09f9982"), UTF8],
    ["a cut character", hex("41f09f99"), NOT_UTF8],
    ["an overlong form", hex("c080"), NOT_UTF8],
    ["a surrogate", hex("eda080"), NOT_UTF8],
    ["beyond U+10FFFF", hex("f4908080"), NOT_UTF8],
    ["a lone continuation", hex("80"), NOT_UTF8],
  ];
  test.each(cases)("%s", (_, bytes, kind) => {
    expect(platform.checkUtf8(bytes, 0, bytes.length)).toBe(kind);
    // The same inside a long range, which takes another path, and inside a larger chunk of a Buffer.
    const filler = encoder.encode("a".repeat(200));
    const joined = Buffer.concat([Uint8Array.of(0xff), filler, bytes, filler, Uint8Array.of(0xff)]);
    expect(platform.checkUtf8(joined, 1, joined.length - 1)).toBe(kind);
    expect(platform.checkUtf8(joined, 201, 201 + bytes.length)).toBe(kind);
  });

  test("agrees with a fatal TextDecoder", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 120 }),
      wellFormed.map((text) => encoder.encode(text)),
    );
    fc.assert(
      fc.property(bytes, fc.nat(3), fc.nat(3), (chunk, skip, cut) => {
        const start = Math.min(skip, chunk.length);
        const end = Math.max(start, chunk.length - cut);
        const range = chunk.slice(start, end);
        let valid = true;
        try {
          strict.decode(range);
        } catch {
          valid = false;
        }
        const expected = !valid ? NOT_UTF8 : range.every((octet) => octet < 128) ? ASCII : UTF8;
        expect(platform.checkUtf8(chunk, start, end)).toBe(expected);
      }),
    );
  });
});

describe("decodeUtf8", () => {
  test("agrees with TextDecoder on any well-formed range", () => {
    fc.assert(
      fc.property(wellFormed, (text) => {
        const bytes = encoder.encode(`<${text}>`);
        const kind = platform.checkUtf8(bytes, 1, bytes.length - 1);
        expect(platform.decodeUtf8(bytes, 1, bytes.length - 1, kind === ASCII)).toBe(text);
      }),
    );
  });

  test.each(sizes)("ASCII of %i characters", (size) => {
    const text = long("The quick brown fox. ", size);
    const bytes = encoder.encode(`<${text}>`);
    expect(platform.decodeUtf8(bytes, 1, 1 + size, true)).toBe(text);
    expect(platform.decodeUtf8(bytes, 1, 1 + size, false)).toBe(text);
    expect(platform.decodeUtf8(Buffer.from(bytes), 1, 1 + size, true)).toBe(text);
  });

  test("keeps a leading byte order mark", () => {
    expect(platform.decodeUtf8(hex("efbbbf41"), 0, 4, false)).toBe("\ufeffA");
  });
});

describe("encoding", () => {
  const texts: [name: string, text: string][] = [
    ["nothing", ""],
    ["ASCII", "hello"],
    ["short, with an accent at its end", "caf\u00e9"],
    ["a pair of surrogates", "a\ud83d\ude42b"],
    ["lone surrogates, replaced", "a\ud800b\udc00"],
    ["a surrogate at the end of long text", `${"a".repeat(100)}\ud800`],
    ["a leading U+FEFF", "\ufeffA"],
    ...sizes.map((size): [string, string] => [`ASCII of ${size}`, long("abcdefg", size)]),
    ...sizes.map((size): [string, string] => [`kanji of ${size}`, long("\u6f22\u5b57", size)]),
  ];
  test.each(texts)("%s", (_, text) => {
    const expected = encoder.encode(text);
    const into = new Uint8Array(text.length * 3 + 10).fill(0xaa);
    expect(platform.encodeUtf8Into(text, into, 5)).toBe(expected.length);
    expect(Buffer.compare(into.subarray(5, 5 + expected.length), expected)).toBe(0);
    expect([...into.subarray(0, 5)]).toEqual([0xaa, 0xaa, 0xaa, 0xaa, 0xaa]);
    expect(Buffer.compare(platform.encodeUtf8(text), expected)).toBe(0);
  });

  test("agrees with TextEncoder on any text, lone surrogates included", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const expected = encoder.encode(text);
        const into = Buffer.alloc(text.length * 3 + 1);
        expect(platform.encodeUtf8Into(text, into, 1)).toBe(expected.length);
        expect(into.subarray(1, 1 + expected.length).equals(expected)).toBe(true);
        expect(Buffer.compare(platform.encodeUtf8(text), expected)).toBe(0);
      }),
    );
  });
});

describe("memory", () => {
  test.each([0, 1, 100, 4096, 100_000])("allocate(%i) shares nothing", (size) => {
    const bytes = platform.allocate(size);
    expect([bytes.length, bytes.byteOffset, bytes.buffer.byteLength]).toEqual([size, 0, size]);
  });

  test("encoded text has memory of exactly its size", () => {
    for (const text of ["short", "\u6f22".repeat(50), "a".repeat(20_000)]) {
      const bytes = platform.encodeUtf8(text);
      expect(bytes.buffer.byteLength).toBe(bytes.length);
    }
  });

  test("randomFill fills every byte it is given, and no other", () => {
    const memory = new Uint8Array(4096);
    const seen = new Set<number>();
    platform.randomFill(memory.subarray(1, 4095));
    for (const octet of memory) seen.add(octet);
    expect(seen.size).toBeGreaterThan(200);
    expect([memory[0], memory[4095]]).toEqual([0, 0]);
  });
});
