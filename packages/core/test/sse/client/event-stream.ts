/** Helpers of the tests of the event stream: a sink that writes down, streams cut anywhere, and a reading of the whole text. */
import fc from "fast-check";
import {
  EventStreamDecoder,
  type EventStreamLimits,
  type EventStreamSink,
} from "../../../src/sse/client/decoder.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";

export interface ReadEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

/** The result of decoding a stream. */
export interface Reading {
  readonly events: ReadEvent[];
  readonly retries: number[];
  readonly comments: string[];
  readonly overflow: string[];
  readonly lastEventId: string;
}

const platform = createTestPlatform();

/** Decodes `bytes`, cut at `cuts`, each chunk overwritten after the call, as lent memory may be. */
export function decode(
  bytes: Uint8Array,
  cuts: readonly number[] = [],
  limits?: EventStreamLimits,
  lastEventId?: string,
): Reading {
  const events: ReadEvent[] = [];
  const retries: number[] = [];
  const comments: string[] = [];
  const overflow: string[] = [];
  const sink: EventStreamSink = {
    onEvent: (type, data, id) => {
      events.push({ type, data, lastEventId: id });
    },
    onRetry: (milliseconds) => {
      retries.push(milliseconds);
    },
    onComment: (text) => {
      comments.push(text);
    },
    onOverflow: (code, limit) => {
      overflow.push(`${code} ${limit}`);
    },
  };
  const decoder = new EventStreamDecoder(sink, platform, limits, lastEventId);
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    const chunk = bytes.slice(from, to);
    decoder.push(chunk);
    chunk.fill(0x78);
    from = to;
  }
  return { events, retries, comments, overflow, lastEventId: decoder.lastEventId };
}

/** Reads a whole stream the way the standard words it (WHATWG HTML §9.2.6): the text first, then its lines. */
export function readWhole(bytes: Uint8Array): Reading {
  const events: ReadEvent[] = [];
  const retries: number[] = [];
  const comments: string[] = [];
  let data = "";
  let type = "";
  let id = "";
  let lastEventId = "";
  const lines = new TextDecoder()
    .decode(bytes)
    .split(/\r\n|\r|\n/)
    .slice(0, -1);
  for (const line of lines) {
    if (line === "") {
      lastEventId = id;
      if (data !== "")
        events.push({ type: type || "message", data: data.slice(0, -1), lastEventId });
      data = type = "";
      continue;
    }
    const [, name, value = ""] = /^([^:]*)(?:: ?([^]*))?$/.exec(line)!;
    if (name === "") comments.push(value);
    else if (name === "data") data += `${value}\n`;
    else if (name === "event") type = value;
    else if (name === "id" && !value.includes("\0")) id = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) retries.push(Number(value));
  }
  return { events, retries, comments, overflow: [], lastEventId };
}

/** Streams that are mostly of what has a meaning. */
export const streams = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(
          "data",
          "event",
          "id",
          "retry",
          ":",
          ": ",
          "\n",
          "\r",
          "\r\n",
          "\n\n",
          " ",
          "1",
          "x",
          "data:a\n\n",
          "id:7\n",
        ),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom("\ufeff", "\0", "é", "水", "😀", "Data", "\u2028", "datadata"),
      },
      { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
    ),
    { maxLength: 30 },
  )
  .map((parts) => new TextEncoder().encode(parts.join("")));

/** Places to cut a stream at, up to one between each two bytes. */
export const cutsOf = (size: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(size), { maxLength: size }).map((cuts) => cuts.sort((a, b) => a - b));
