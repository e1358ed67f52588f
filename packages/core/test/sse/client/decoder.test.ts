import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventStreamDecoder, type EventStreamSink } from "../../../src/sse/client/decoder.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";
import fixtures from "../../fixtures/event-stream.json" with { type: "json" };
import { cutsOf, decode, type Reading, readWhole, streams } from "./event-stream.ts";

interface Fixture {
  readonly name: string;
  readonly raw?: string;
  readonly hex?: string;
  readonly expected: Reading["events"];
  readonly retries?: number[];
  readonly lastEventId?: string;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const bytesOf = ({ raw, hex = "" }: Fixture): Uint8Array =>
  raw === undefined ? Uint8Array.from(hex.split(" "), (octet) => parseInt(octet, 16)) : utf8(raw);

describe.each(fixtures as Fixture[])("$name", (fixture) => {
  const bytes = bytesOf(fixture);
  const expected = {
    events: fixture.expected,
    retries: fixture.retries ?? [],
    overflow: [],
    lastEventId: fixture.lastEventId ?? "",
  };
  test("whole", () => expect(decode(bytes)).toMatchObject(expected));
  test("cut anywhere", () => {
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(decode(bytes, [cut]), `cut at ${cut}`).toMatchObject(expected);
  });
  test("byte by byte", () => expect(decode(bytes, [...bytes.keys()])).toMatchObject(expected));
  test("as the standard words it", () => expect(readWhole(bytes)).toMatchObject(expected));
});

describe("any stream, cut anywhere", () => {
  const cutStreams = fc
    .oneof(streams, fc.uint8Array({ maxLength: 60 }))
    .chain((bytes) => fc.tuple(fc.constant(bytes), cutsOf(bytes.length)));

  test("reads as the standard words it", () => {
    fc.assert(
      fc.property(cutStreams, ([bytes, cuts]) => {
        expect(decode(bytes, cuts)).toEqual(readWhole(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test("passes a limit wherever it is cut, or never", () => {
    const limits = fc.record({
      maxLineSize: fc.integer({ min: 1, max: 12 }),
      maxEventSize: fc.integer({ min: 1, max: 24 }),
    });
    fc.assert(
      fc.property(cutStreams, limits, ([bytes, cuts], limit) => {
        expect(decode(bytes, cuts, limit)).toEqual(decode(bytes, [], limit));
      }),
      { numRuns: 1000 },
    );
  });

  test("reads as eventsource-parser reads it", () => {
    fc.assert(
      fc.property(
        streams.chain((bytes) => fc.tuple(fc.constant(bytes), cutsOf(bytes.length))),
        ([stream, cuts]) => {
          const bytes = Uint8Array.from([...stream, 10, 10]); // it holds back a CR that may be half of CRLF
          const events: { type: string; data: string }[] = [];
          const retries: number[] = [];
          const comments: string[] = [];
          const ids: [at: number, id: string][] = [];
          const parser = createParser({
            onEvent: ({ event, data, id }) => {
              if (id !== undefined) ids.push([events.length, id]);
              events.push({ type: event ?? "message", data });
            },
            onRetry: (milliseconds) => {
              retries.push(milliseconds);
            },
            onComment: (text) => {
              comments.push(text);
            },
          });
          const text = new TextDecoder();
          let from = 0;
          for (const to of [...cuts, bytes.length]) {
            parser.feed(text.decode(bytes.subarray(from, to), { stream: true }));
            from = to;
          }
          const ours = decode(bytes, cuts);
          expect(ours.events.map(({ type, data }) => ({ type, data }))).toEqual(events);
          expect({ retries: ours.retries, comments: ours.comments }).toEqual({ retries, comments });
          // An id in an event of its own is of this event and the next ones; that parser tells ids with their event only.
          for (const [at, id] of ids) expect(ours.events[at]?.lastEventId).toBe(id);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("limits", () => {
  const limits = { maxLineSize: 10, maxEventSize: 20 };
  const none: string[] = [];
  const cases: [name: string, stream: string, events: string[], overflow: string[]][] = [
    ["a line of just the size", "data:12345\n\n", ["12345"], none],
    ["a line too long, ended", "data:123456\n\ndata:1\n\n", [], ["line-too-big 10"]],
    ["a line too long that does not end", "data:1\n\n:1234567890", ["1"], ["line-too-big 10"]],
    [
      "lines that are not data",
      "data:1\nid:1234567\nevent:1234\nfoo:123456\n:123456789\n\n",
      ["1"],
      none,
    ],
    [
      "data lines of just the size",
      "data:1234\ndata:1234\n\ndata:1\n\n",
      ["1234\n1234"].concat("1"),
      none,
    ],
    ["data lines beyond it", "data:1234\ndata:12345\n\ndata:1\n\n", [], ["event-too-big 20"]],
    ["empty data lines", "data\ndata\ndata\ndata\n\n", ["\n\n\n"], none],
    ["empty data lines beyond it", "data\ndata\ndata\ndata\ndata\n\n", [], ["event-too-big 20"]],
  ];
  describe.each(cases)("%s", (_, stream, events, overflow) => {
    const bytes = utf8(stream);
    const check = (cuts: readonly number[]): void => {
      const reading = decode(bytes, cuts, limits);
      expect([reading.events.map(({ data }) => data), reading.overflow]).toEqual([
        events,
        overflow,
      ]);
    };
    test("whole", () => check([]));
    test("cut anywhere", () => {
      for (let cut = 0; cut <= bytes.length; cut++) check([cut]);
    });
    test("byte by byte", () => check([...bytes.keys()]));
  });
});

test("a stream goes on with the id of the one before", () => {
  expect(
    decode(utf8("data:a\n\nid:2\ndata:b\n\n"), [], undefined, "1").events.map(
      ({ lastEventId }) => lastEventId,
    ),
  ).toEqual(["1", "2"]);
  expect(decode(utf8("\n"), [], undefined, "1").lastEventId).toBe("1");
});

test("comments", () => {
  expect(decode(utf8(":a\n: b\n:  c\n:\n::d\n")).comments).toEqual(["a", "b", " c", "", ":d"]);
});

test("stop() drops the rest of the chunk and what comes after", () => {
  const seen: string[] = [];
  const sink: EventStreamSink = {
    onEvent: (_, data) => {
      seen.push(data);
      decoder.stop();
    },
    onRetry: () => {
      throw new Error("after the end");
    },
    onOverflow: () => {
      throw new Error("after the end");
    },
  };
  const decoder = new EventStreamDecoder(sink, createTestPlatform());
  decoder.push(utf8("data:1\n: a comment that nobody hears\n\ndata:2\nretry:1\n\ndata:3"));
  decoder.push(utf8("\n\nretry:2\n"));
  expect(seen).toEqual(["1"]);
});

describe("memory", () => {
  /** Memory asked for while `stream` is pushed in pieces of `piece` bytes. */
  function allocated(stream: Uint8Array, piece: number): number[] {
    const sizes: number[] = [];
    const platform = createTestPlatform();
    const decoder = new EventStreamDecoder(
      { onEvent() {}, onRetry() {}, onOverflow() {} },
      {
        ...platform,
        allocate: (size) => {
          sizes.push(size);
          return platform.allocate(size);
        },
      },
    );
    for (let at = 0; at < stream.length; at += piece) decoder.push(stream.subarray(at, at + piece));
    return sizes;
  }

  test("lines that come whole need none", () =>
    expect(allocated(utf8("data:1\n\n".repeat(50)), 8)).toEqual([]));
  test("short lines that are cut share one piece", () =>
    expect(allocated(utf8("data:1\n\n".repeat(50)), 3)).toEqual([256]));
  test("a long line is moved a few times, however small the chunks", () => {
    const sizes = allocated(utf8(`data:${"x".repeat(100_000)}\n\n`), 1);
    expect(sizes.length).toBeLessThan(11);
    expect(Math.max(...sizes)).toBeLessThan(400_000);
  });
  test("what a long line took is given back", () => {
    const once = utf8(`data:${"x".repeat(100_000)}\n\n`);
    const twice = Uint8Array.from([...once, ...once]);
    expect(allocated(twice, 50_000).filter((size) => size > 65_536).length).toBeGreaterThan(1);
  });
});
