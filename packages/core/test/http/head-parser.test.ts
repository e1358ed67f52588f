import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HeadFailure } from "../../src/http/head-grammar.ts";
import {
  HEAD_FAILED,
  HEAD_INCOMPLETE,
  type HeadLimits,
  HeadParser,
} from "../../src/http/head-parser.ts";
import type { HeaderFields } from "../../src/opening.ts";
import requestHeads from "../fixtures/request-heads.json" with { type: "json" };
import responseHeads from "../fixtures/response-heads.json" with { type: "json" };

type Kind = "request" | "response";
interface Reading {
  /** How many bytes belong to the head; `HEAD_INCOMPLETE` or `HEAD_FAILED`. */
  readonly end: number;
  readonly head?: unknown;
  readonly failure?: HeadFailure | undefined;
}

const LIMITS: HeadLimits = { maxHeadSize: 16_384, maxHeaderCount: 128 };
const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
const plain = <T extends { headers: HeaderFields }>(head: T): unknown => ({
  ...head,
  headers: [...head.headers],
});

/** Reads `bytes`, cut at `cuts`, as an adapter would: each chunk in memory of its own, overwritten after the call. */
function read(
  kind: Kind,
  bytes: Uint8Array,
  cuts: readonly number[] = [],
  limits: HeadLimits = LIMITS,
): Reading {
  const parser = new HeadParser(kind, limits);
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    const chunk = new Uint8Array(to - from + 2).fill(0x7f);
    chunk.set(bytes.subarray(from, to), 1);
    const at = parser.push(chunk, 1, chunk.length - 1);
    chunk.fill(0);
    if (at >= 0)
      return {
        end: from + at - 1,
        head: plain(kind === "request" ? parser.request : parser.response),
      };
    if (at === HEAD_FAILED) return { end: at, failure: parser.failure };
    expect([at, parser.failure]).toEqual([HEAD_INCOMPLETE, undefined]);
    from = to;
  }
  return { end: HEAD_INCOMPLETE };
}

const fixtures = [
  ...requestHeads.map((head) => ({ ...head, kind: "request" as const })),
  ...responseHeads.map((head) => ({ ...head, kind: "response" as const })),
];

describe.each(fixtures)("$kind: $name", ({ kind, raw, expected, must_fail }) => {
  const bytes = latin1(raw);
  const reading: Reading =
    expected === undefined
      ? { end: HEAD_FAILED, failure: must_fail as HeadFailure }
      : { end: bytes.length, head: expected };
  test("whole", () => expect(read(kind, bytes)).toEqual(reading));
  test("cut anywhere", () => {
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(read(kind, bytes, [cut]), `cut at ${cut}`).toEqual(reading);
  });
  test("byte by byte", () => expect(read(kind, bytes, [...bytes.keys()])).toEqual(reading));
  test("with frames after it", () =>
    expect(read(kind, latin1(`${raw}\u0081\u0002hi\r\n\r\n`))).toEqual(reading));
});

describe("limits", () => {
  const head = latin1("GET / HTTP/1.1\r\nA: b\r\nC: d\r\n\r\n");
  const size = head.length;
  const tooLarge = (status: 414 | 431, limit: number) => ({
    end: HEAD_FAILED,
    failure: { status, message: `HTTP head is larger than ${limit} bytes` },
  });
  const complete = {
    end: size,
    head: {
      method: "GET",
      target: "/",
      headers: [
        ["a", "b"],
        ["c", "d"],
      ],
    },
  };
  const cases: [name: string, limits: Partial<HeadLimits>, bytes: Uint8Array, expected: Reading][] =
    [
      ["a head of just the size", { maxHeadSize: size }, head, complete],
      [
        "a head of just the size, and frames",
        { maxHeadSize: size },
        latin1(`${Buffer.from(head).toString("latin1")}more`),
        complete,
      ],
      ["one byte more", { maxHeadSize: size - 1 }, head, tooLarge(431, size - 1)],
      [
        "just as many, with no end in sight",
        { maxHeadSize: 16 },
        head.subarray(0, 16),
        { end: HEAD_INCOMPLETE },
      ],
      ["a long first line", { maxHeadSize: 10 }, head, tooLarge(414, 10)],
      ["a first line without end", {}, new Uint8Array(20_000).fill(0x41), tooLarge(414, 16_384)],
      ["just the number of fields", { maxHeaderCount: 2 }, head, complete],
      [
        "one field more, though its head has no end yet",
        { maxHeaderCount: 1 },
        head.subarray(0, size - 2),
        {
          end: HEAD_FAILED,
          failure: { status: 431, message: "HTTP head has more than 1 header fields" },
        },
      ],
    ];
  test.each(cases)("%s", (_, limits, bytes, expected) => {
    expect(read("request", bytes, [], { ...LIMITS, ...limits })).toEqual(expected);
    expect(read("request", bytes, [...bytes.keys()], { ...LIMITS, ...limits })).toEqual(expected);
  });

  test("interim responses count together, so that there is no end of them", () => {
    const interim = "HTTP/1.1 100 Continue\r\n\r\n";
    expect(read("response", latin1(interim.repeat(1000))).failure?.message).toBe(
      "HTTP head is larger than 16384 bytes",
    );
    expect(read("response", latin1(interim.repeat(100) + "HTTP/1.1 101 x\r\n\r\n"))).toMatchObject({
      head: { status: 101 },
    });
  });

  test("field counts of interim responses do not add up", () => {
    const raw =
      "HTTP/1.1 103 Early Hints\r\nA: 1\r\nB: 2\r\n\r\nHTTP/1.1 101 x\r\nC: 3\r\nD: 4\r\n\r\n";
    expect(read("response", latin1(raw), [], { ...LIMITS, maxHeaderCount: 2 })).toMatchObject({
      head: {
        headers: [
          ["c", "3"],
          ["d", "4"],
        ],
      },
    });
  });
});

test("what failed stays failed", () => {
  const parser = new HeadParser("request", LIMITS);
  const good = latin1("GET / HTTP/1.1\r\n\r\n");
  expect(parser.push(Uint8Array.of(0), 0, 1)).toBe(HEAD_FAILED);
  const { failure } = parser;
  expect(parser.push(good, 0, good.length)).toBe(HEAD_FAILED);
  expect(parser.failure).toBe(failure);
});

describe("properties", () => {
  const cutsOf = (bytes: Uint8Array, at: readonly number[]): number[] =>
    at.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
  const piece = fc.oneof(
    fc.constantFrom(
      "GET / HTTP/1.1",
      "HTTP/1.1 101 x",
      "HTTP/1.1 100 x",
      "Host: a",
      "\r\n",
      "\r\n\r\n",
      "\r",
      "\n",
      " ",
      "\t",
      ":",
      "A: b\r\n",
      "\0",
      "é",
    ),
    fc.string({ unit: "binary-ascii", maxLength: 8 }),
  );
  const stream = fc.oneof(
    fc.array(piece, { maxLength: 16 }).map((pieces) => latin1(pieces.join(""))),
    fc.constantFrom(...fixtures).map(({ raw }) => latin1(raw)),
    fc.uint8Array({ maxLength: 200 }),
  );

  test("any cutting of any bytes reads the same, and nothing throws", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Kind>("request", "response"),
        stream,
        fc.array(fc.nat(), { maxLength: 6 }),
        fc.integer({ min: 1, max: 60 }),
        (kind, bytes, at, most) => {
          for (const limits of [LIMITS, { maxHeadSize: most, maxHeaderCount: most % 4 }]) {
            expect(read(kind, bytes, cutsOf(bytes, at), limits)).toEqual(
              read(kind, bytes, [], limits),
            );
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("a fixture with one byte changed reads or fails, however cut", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...fixtures),
        fc.nat(),
        fc.nat(255),
        fc.array(fc.nat(), { maxLength: 3 }),
        ({ kind, raw }, where, byte, at) => {
          const bytes = latin1(raw);
          bytes[where % bytes.length] = byte;
          const reading = read(kind, bytes);
          expect(
            reading.end === HEAD_INCOMPLETE ||
              reading.head !== undefined ||
              reading.failure !== undefined,
          ).toBe(true);
          expect(read(kind, bytes, cutsOf(bytes, at))).toEqual(reading);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("a head it reads has no line break, NUL or empty name anywhere", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const { head } = read(
          "request",
          latin1(`GET / HTTP/1.1\r\n${pieces.join("")}\r\n\r\n`),
        ) as { head?: { method: string; target: string; headers: [string, string][] } };
        for (const text of head === undefined
          ? []
          : [head.method, head.target, ...head.headers.flat()])
          expect(text).not.toMatch(/[\r\n\0]/);
        for (const [name] of head?.headers ?? []) expect(name).toMatch(/^[!-9;-~]+$/);
      }),
    );
  });
});

describe("work", () => {
  /** Counts how often a byte is read or copied. */
  function counted(bytes: Uint8Array, counts: Uint32Array, offset: number): Uint8Array {
    return new Proxy(bytes, {
      get(target, key) {
        if (typeof key === "string" && /^\d+$/.test(key)) counts[offset + Number(key)]!++;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  test("a byte that arrives alone is looked at once on arrival (CVE-2023-43669)", () => {
    const bytes = latin1(`GET / HTTP/1.1\r\nA: ${"b".repeat(10_000)}\r\n\r\n`);
    const counts = new Uint32Array(bytes.length);
    const parser = new HeadParser("request", LIMITS);
    for (let at = 0; at < bytes.length; at++)
      parser.push(counted(bytes.subarray(at, at + 1), counts, at), 0, 1);
    expect(parser.request.headers.get("a")).toHaveLength(10_000);
    expect(Math.max(...counts.subarray(0, -1))).toBe(1);
  });

  test("a mebibyte byte by byte, whose head never ends, takes time linear in its length", () => {
    const parser = new HeadParser("request", { maxHeadSize: 2 << 20, maxHeaderCount: 128 });
    const byte = Uint8Array.of(0x61);
    const before = process.cpuUsage();
    for (let i = 0; i < 1 << 20; i++) expect1(parser.push(byte, 0, 1));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(5000); // some 150 ms; quadratic would be hours
  });

  function expect1(result: number): void {
    if (result !== HEAD_INCOMPLETE) throw new Error(`push returned ${result}`);
  }

  test("the memory it keeps is at most twice what came, and at most the limit", () => {
    const parser = new HeadParser("request", LIMITS);
    const internals = parser as unknown as { kept: Uint8Array };
    for (let size = 1; size <= LIMITS.maxHeadSize; size++) {
      parser.push(Uint8Array.of(0x61), 0, 1);
      const { length } = internals.kept;
      if (length > Math.min(Math.max(2 * size, 256), LIMITS.maxHeadSize))
        throw new Error(`${length} bytes kept of ${size}`);
    }
    expect(internals.kept).toHaveLength(LIMITS.maxHeadSize);
    expect(parser.push(Uint8Array.of(0x61), 0, 1)).toBe(HEAD_FAILED);
    expect(internals.kept).toHaveLength(0);
  });
});
