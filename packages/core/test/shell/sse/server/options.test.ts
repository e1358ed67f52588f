import { describe, expect, test } from "vitest";
import {
  type EventSourceOptions,
  readEventSourceOptions,
  readFields,
  type SendOptions,
} from "../../../../src/shell/sse/server/options.ts";
import { UsageError } from "../../../../src/violation.ts";

const MAX = 16_777_216;

describe("options", () => {
  test.each<[name: string, options: EventSourceOptions | null | undefined, connection: object]>([
    ["none", undefined, { retry: 5000, pingInterval: 10_000, maxBufferedBytes: MAX }],
    ["null", null, { retry: 5000, pingInterval: 10_000, maxBufferedBytes: MAX }],
    [
      "nulls",
      { retry: null, ping: null, maxBufferedBytes: null, headers: null, signal: null },
      { retry: 5000, pingInterval: 10_000, maxBufferedBytes: MAX },
    ],
    [
      "seconds",
      { retry: 0.2505, ping: 2 },
      { retry: 250, pingInterval: 2000, maxBufferedBytes: MAX },
    ],
    ["0 disables", { retry: 0, ping: 0 }, { retry: 0, pingInterval: 0, maxBufferedBytes: MAX }],
    [
      "digits",
      { retry: "1", ping: "2" } as never,
      { retry: 1000, pingInterval: 2000, maxBufferedBytes: MAX },
    ],
    [
      "a bound",
      { maxBufferedBytes: 5 },
      { retry: 5000, pingInterval: 10_000, maxBufferedBytes: 5 },
    ],
    [
      "unknown ones are ignored",
      { colour: 3 } as never,
      { retry: 5000, pingInterval: 10_000, maxBufferedBytes: MAX },
    ],
  ])("%s", (_, options, connection) => {
    const settings = readEventSourceOptions(options);
    expect(settings.connection).toEqual(connection);
    expect([settings.headers, settings.signal]).toEqual([[], undefined]);
  });
  test("streams that ask for nothing share one object", () => {
    expect(readEventSourceOptions({}).connection).toBe(
      readEventSourceOptions(undefined).connection,
    );
  });
  test("defaults may be others", () => {
    expect(readEventSourceOptions({ ping: 1 }, { retry: 3, ping: 4 }).connection).toMatchObject({
      retry: 3000,
      pingInterval: 1000,
    });
  });
  test.each<[object, string]>([
    [{ ping: -1 }, "ping: expected seconds from 0 to 2147483, got -1"],
    [{ ping: NaN }, "ping: expected seconds"],
    [{ retry: "soon" }, "retry: expected seconds"],
    [{ retry: 3e6 }, "retry: expected seconds"],
    [{ maxBufferedBytes: 0.5 }, "maxBufferedBytes: expected a whole number"],
    [{ headers: { "X-A": "a\r\nX-B: b" } }, "header X-A: expected a value without line breaks"],
    [{ headers: { "X-A": ["fine", "\0"] } }, "header X-A"],
    [{ headers: { "X-A": "€" } }, "header X-A"],
    [{ headers: { "X A": "a" } }, "header name: expected a token"],
  ])("%j is refused", (options, message) => {
    expect(() => readEventSourceOptions(options)).toThrow(UsageError);
    expect(() => readEventSourceOptions(options)).toThrow(message);
  });
});

describe("headers", () => {
  const expected = [
    ["X-A", "1"],
    ["Set-Cookie", ["a=1", "b=2"]],
  ];
  test.each<[string, EventSourceOptions["headers"]]>([
    ["a record", { "X-A": 1, "X-B": undefined, "X-C": null, "Set-Cookie": ["a=1", " b=2 "] }],
    [
      "pairs",
      [
        [" X-A ", " 1\t"],
        ["Set-Cookie", ["a=1", "b=2"]],
      ],
    ],
    [
      "a Map",
      new Map<string, unknown>([
        ["X-A", "1"],
        ["Set-Cookie", ["a=1", "b=2"]],
      ]),
    ],
  ])("%s", (_, headers) => expect(readEventSourceOptions({ headers }).headers).toEqual(expected));
  test("a Headers", () =>
    expect(readEventSourceOptions({ headers: new Headers({ "X-A": "1" }) }).headers).toEqual([
      ["x-a", "1"],
    ]));
});

describe("fields", () => {
  test.each<[SendOptions | null | undefined, object | undefined]>([
    [undefined, undefined],
    [null, undefined],
    [{}, {}],
    [{ event: "", id: "", retry: null }, {}],
    [{ event: false, id: false }, {}],
    [{ event: null, id: null }, {}],
    [
      { event: 5 as never, id: 5 },
      { event: "5", id: "5" },
    ],
    [{ id: 0 }, { id: "0" }],
    [{ id: "0" }, { id: "0" }],
    [{ id: 0n }, { id: "0" }],
    [{ id: NaN }, {}],
    [{ retry: 0 }, { retry: 0 }],
    [{ retry: 1.2345 }, { retry: 1234 }],
  ])("%o", (options, fields) => expect(readFields(options)).toEqual(fields));
  test("a retry that is no time is refused", () =>
    expect(() => readFields({ retry: -1 })).toThrow(UsageError));
});
