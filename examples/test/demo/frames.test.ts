import { describe, expect, test } from "vitest";
import { FrameWatch } from "../../demo/frames.mjs";

const MASK = [1, 2, 3, 4];
const utf8 = (text: string): number[] => [...Buffer.from(text)];
const unmasked = (first: number, payload: number[]): number[] => [
  first,
  payload.length,
  ...payload,
];
const masked = (first: number, payload: number[]): number[] => [
  first,
  0x80 | payload.length,
  ...MASK,
  ...payload.map((byte, at) => byte ^ MASK[at % 4]!),
];

const frame = (
  direction: "in" | "out",
  opcode: number,
  name: string,
  payload: number[],
  note = "",
  fin = true,
): object => ({
  type: "frame",
  direction,
  opcode,
  name,
  fin,
  masked: direction === "in",
  length: payload.length,
  bytes: payload,
  note,
});

function seen(direction: "in" | "out", chunks: number[][]): object[] {
  const events: object[] = [];
  const watch = new FrameWatch(direction, (event: object) => events.push(event));
  for (const chunk of chunks) watch.push(Uint8Array.from(chunk));
  return events;
}

const HEAD = utf8("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
const head = { type: "head", direction: "out", line: "HTTP/1.1 101 Switching Protocols" };

const cases: [name: string, direction: "in" | "out", bytes: number[], expected: object[]][] = [
  [
    "a text from the browser",
    "in",
    masked(0x81, utf8("héllo")),
    [frame("in", 1, "text", utf8("héllo"), "héllo")],
  ],
  [
    "a text in two frames",
    "in",
    [...masked(0x01, utf8("a")), ...masked(0x80, utf8("b"))],
    [frame("in", 1, "text", utf8("a"), "a", false), frame("in", 0, "continuation", utf8("b"))],
  ],
  ["an empty binary message", "in", masked(0x82, []), [frame("in", 2, "binary", [])]],
  [
    "the answer's head, then a frame",
    "out",
    [...HEAD, ...unmasked(0x81, utf8("hi"))],
    [head, frame("out", 1, "text", utf8("hi"), "hi")],
  ],
  ["frames without a head", "out", unmasked(0x89, utf8("?")), [frame("out", 9, "ping", utf8("?"))]],
  [
    "a close with code and reason",
    "out",
    unmasked(0x88, [3, 232, ...utf8("bye")]),
    [frame("out", 8, "close", [3, 232, ...utf8("bye")], "1000 bye")],
  ],
  ["a close without", "in", masked(0x88, []), [frame("in", 8, "close", [], "no code")]],
  [
    "an unmasked frame from the browser ends it",
    "in",
    [...unmasked(0x81, [65]), ...masked(0x81, [65])],
    [{ type: "violation", direction: "in", code: "mask-required" }],
  ],
];

describe("frames are found in what passes", () => {
  test.each(cases)("%s", (_, direction, bytes, expected) =>
    expect(seen(direction, [bytes])).toEqual(expected),
  );
  test.each(cases)("%s, byte by byte", (_, direction, bytes, expected) =>
    expect(
      seen(
        direction,
        bytes.map((byte) => [byte]),
      ),
    ).toEqual(expected),
  );

  test("of a long payload the first 32 bytes are shown, and its length is told", () => {
    const payload = Array.from({ length: 100 }, (_, at) => at);
    expect(seen("out", [unmasked(0x82, payload)])).toEqual([
      { ...frame("out", 2, "binary", payload), bytes: payload.slice(0, 32) },
    ]);
  });

  test("a character cut off by that is left out of the note", () => {
    const [event] = seen("out", [unmasked(0x81, utf8(`${"a".repeat(31)}é`))]);
    expect(event).toMatchObject({ note: "a".repeat(31) });
  });

  test("bytes that are watched are not changed", () => {
    const bytes = Uint8Array.from(masked(0x81, utf8("still masked")));
    const before = bytes.slice();
    new FrameWatch("in", () => {}).push(bytes);
    expect(bytes).toEqual(before);
  });
});
