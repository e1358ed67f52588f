import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeComment,
  encodeEvent,
  encodeRetry,
  type EventFields,
  PING,
} from "../../../src/sse/server/encode.ts";
import { UsageError } from "../../../src/violation.ts";

describe("an event", () => {
  const cases: [name: string, data: string, fields: EventFields | undefined, text: string][] = [
    ["data alone", "hello", undefined, "data: hello\r\n\r\n"],
    ["no data", "", undefined, "data: \r\n\r\n"],
    ["no fields in the object", "a", {}, "data: a\r\n\r\n"],
    ["LF", "a\nb", undefined, "data: a\ndata: b\r\n\r\n"],
    ["CR", "a\rb", undefined, "data: a\rdata: b\r\n\r\n"],
    ["CR LF", "a\r\nb", undefined, "data: a\r\ndata: b\r\n\r\n"],
    ["LF CR is two breaks", "a\n\rb", undefined, "data: a\ndata: \rdata: b\r\n\r\n"],
    ["CR CR LF is two breaks", "a\r\r\nb", undefined, "data: a\rdata: \r\ndata: b\r\n\r\n"],
    [
      "all three, first and last",
      "\na\r\r\nb\n",
      undefined,
      "data: \ndata: a\rdata: \r\ndata: b\ndata: \r\n\r\n",
    ],
    ["what looks like fields", "id: 1\nevent: x", undefined, "data: id: 1\ndata: event: x\r\n\r\n"],
    ["event", "a", { event: "tick" }, "event: tick\r\ndata: a\r\n\r\n"],
    ["id", "a", { id: "7" }, "id: 7\r\ndata: a\r\n\r\n"],
    ["id 0", "a", { id: 0 }, "id: 0\r\ndata: a\r\n\r\n"],
    ['id "0"', "a", { id: "0" }, "id: 0\r\ndata: a\r\n\r\n"],
    ["id of many digits", "a", { id: 2n ** 70n }, "id: 1180591620717411303424\r\ndata: a\r\n\r\n"],
    ["empty fields are left out", "a", { event: "", id: "" }, "data: a\r\n\r\n"],
    ["retry", "a", { retry: 0 }, "retry: 0\r\ndata: a\r\n\r\n"],
    [
      "all of them",
      "a",
      { event: "e", id: "i", retry: 10 },
      "event: e\r\nid: i\r\nretry: 10\r\ndata: a\r\n\r\n",
    ],
    ["NUL is fine in data", "\0", undefined, "data: \0\r\n\r\n"],
  ];
  test.each(cases)("%s", (_, data, fields, text) => expect(encodeEvent(data, fields)).toBe(text));

  for (const name of ["event", "id"] as const) {
    test.each(["\n", "\r", "\r\n", "\0", "a\ndata: injected", "a\0"])(
      `${name} %j is refused`,
      (value) => {
        expect(() => encodeEvent("a", { [name]: value })).toThrow(UsageError);
        expect(() => encodeEvent("a", { [name]: value })).toThrow(TypeError);
      },
    );
  }
  test.each([-1, 1.5, NaN, Infinity, 2 ** 53])("retry %d is refused", (retry) => {
    expect(() => encodeEvent("a", { retry })).toThrow(UsageError);
    expect(() => encodeRetry(retry)).toThrow("retry: expected a whole number of milliseconds");
  });
});

test("a reconnection time", () => expect(encodeRetry(5000)).toBe("retry: 5000\r\n\r\n"));

test.each([
  ["", PING],
  ["hi", ": hi\r\n\r\n"],
  ["a\nb\r\nc\rd", ": a\n: b\r\n: c\r: d\r\n\r\n"],
  ["x\ndata: y", ": x\n: data: y\r\n\r\n"],
])("the comment %j", (text, encoded) => expect(encodeComment(text)).toBe(encoded));

/** WHATWG HTML §9.2.6, for a whole stream and the data of its events only. */
function dataOf(stream: string): string[] {
  const events: string[] = [];
  let data: string[] = [];
  for (const line of stream.split(/\r\n|\r|\n/).slice(0, -1)) {
    if (line !== "") data.push(line.replace(/^data: ?/, ""));
    else if (data.length > 0) {
      events.push(data.join("\n"));
      data = [];
    }
  }
  return events;
}

const hostile = fc
  .array(fc.constantFrom("\r", "\n", "\r\n", "a", "", "data", ":", " ", "\u{1f600}", "\ufeff"), {
    maxLength: 12,
  })
  .map((parts) => parts.join(""));

test("what is read is what was sent, with LF for every line break, and one event an event", () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 1, maxLength: 5 }), (texts) => {
      expect(dataOf(texts.map((text) => encodeEvent(text)).join(""))).toEqual(
        texts.map((text) => text.replace(/\r\n|\r/g, "\n")),
      );
    }),
  );
});

test("the same as faye-websocket's expression", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(encodeEvent(text)).toBe(`data: ${text.replace(/(\r\n|\r|\n)/g, "$1data: ")}\r\n\r\n`);
    }),
  );
});
