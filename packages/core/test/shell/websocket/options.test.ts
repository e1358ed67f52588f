import { describe, expect, test } from "vitest";
import {
  checkChoice,
  checkRequest,
  readOptions,
  readProtocols,
  validateOptions,
  type WebSocketOptions,
} from "../../../src/shell/websocket/options.ts";
import type { Compression } from "../../../src/extension/compression.ts";
import type { Extension } from "../../../src/extension/extension.ts";
import { DEFAULT_OPTIONS } from "../../../src/options.ts";
import { UsageError } from "../../../src/violation.ts";

test.each([
  undefined,
  null,
  {},
  {
    headers: undefined,
    extensions: undefined,
    proxy: undefined,
    tls: undefined,
    ca: undefined,
    net: undefined,
    maxLength: undefined,
    ping: undefined,
  },
])("%o asks for nothing", (options) => {
  expect(readOptions(options as WebSocketOptions, 30_000)).toMatchObject({
    connection: { closeTimeout: 30_000 },
    headers: [],
  });
});

const read: [name: string, options: WebSocketOptions, connection: object][] = [
  ["maxLength", { maxLength: 5 }, { maxMessageSize: 5, closeTimeout: 7 }],
  [
    "maxLength without end",
    { maxLength: Infinity },
    { maxMessageSize: Number.MAX_SAFE_INTEGER, closeTimeout: 7 },
  ],
  ["maxLength 0, which is the default", { maxLength: 0 }, { closeTimeout: 7 }],
  ["ping, in seconds", { ping: 1.5 }, { pingInterval: 1500, pongTimeout: 1500, closeTimeout: 7 }],
  [
    "numbers in digits",
    { ping: "2", maxLength: "5" } as never,
    { pingInterval: 2000, pongTimeout: 2000, maxMessageSize: 5, closeTimeout: 7 },
  ],
  [
    "a ping of almost nothing",
    { ping: 0.0001 },
    { pingInterval: 1, pongTimeout: 1, closeTimeout: 7 },
  ],
  [
    "the connection's own options, which go first",
    { ping: 1, maxLength: 5, pongTimeout: 3, maxMessageSize: 6, closeTimeout: 9, maxFragments: 2 },
    { pingInterval: 1000, pongTimeout: 3, maxMessageSize: 6, closeTimeout: 9, maxFragments: 2 },
  ],
];
test.each(read)("%s", (_, options, connection) => {
  expect(readOptions(options, 7).connection).toEqual({ ...DEFAULT_OPTIONS, ...connection });
});

test("sockets with the same options share one object of them", () => {
  const first = readOptions({ ping: 7, headers: { a: "1" } }, 7).connection;
  expect(readOptions({ ping: 7 }, 7).connection).toBe(first);
  const other = readOptions({ ping: 8 }, 7).connection;
  expect([other.pingInterval, first.pingInterval]).toEqual([8000, 7000]);
});

test("what is a client's is passed over: faye-websocket takes it of servers too", () => {
  expect(
    readOptions({ proxy: { origin: "http://x" }, tls: {}, ca: "x", net: {} }, 7),
  ).toMatchObject({ connection: { closeTimeout: 7 }, headers: [] });
});

const refused: [name: string, options: unknown, message: RegExp][] = [
  ["an option nobody knows", { headers: {}, port: 1 }, /^Unrecognized option: port$/],
  ["one that is inherited", Object.create({ inherited: 1 }), /^Unrecognized option: inherited$/],
  ["an option of the machinery", { ownsChunks: true }, /^Unrecognized option: ownsChunks$/],
  ["options that are none", "text", /options/],
  ["what is no extension", { extensions: { name: "x" } }, /^extension\.type must be "permessage"$/],
  [
    "compression where the runtime has none",
    { perMessageDeflate: true },
    /^perMessageDeflate: this runtime has no compression/,
  ],
  ["drafts that are not a boolean", { drafts: "yes" }, /^drafts: expected a boolean, got yes$/],
  ["a negative ping", { ping: -1 }, /ping/],
  ["a ping that is no number", { ping: "often" }, /ping/],
  ["a ping that timers cannot wait for", { ping: 3_000_000 }, /ping/],
  ["a size that is none", { maxLength: 1.5 }, /maxMessageSize/],
  ["a time that is none", { closeTimeout: -1 }, /closeTimeout/],
];
test.each(refused)("refused: %s", (_, options, message) => {
  expect(() => readOptions(options as WebSocketOptions, 0)).toThrow(message);
});

test("subprotocols that are no list are refused: options in their place are a slip", () => {
  expect(() => readProtocols({ headers: {} } as never)).toThrow(
    new UsageError(
      "protocols: expected a string or a list of them, got object; options come after",
    ),
  );
});

describe("headers", () => {
  const cases: [name: string, headers: WebSocketOptions["headers"], pairs: unknown[]][] = [
    [
      "a record, its values made strings",
      { "X-A": "a", "X-N": 5 as never },
      [
        ["X-A", "a"],
        ["X-N", "5"],
      ],
    ],
    ["undefined and null are left out", { a: undefined, b: null, c: "" } as never, [["c", ""]]],
    [
      "pairs",
      [
        ["a", "1"],
        ["a", "2"],
      ],
      [
        ["a", "1"],
        ["a", "2"],
      ],
    ],
    ["a Map", new Map([["a", "1"]]), [["a", "1"]]],
    ["null", null, []],
  ];
  test.each(cases)("%s", (_, headers, pairs) => {
    expect(readOptions({ headers }, 0).headers).toEqual(pairs);
  });
});

test("extensions are read once, and shared by connections", () => {
  const deflate: Extension = {
    name: "x",
    rsv: 0,
    offer: () => ({ parameters: [], activate: () => undefined }),
    accept: () => undefined,
  };
  expect(readOptions({ extensions: deflate }, 0).extensions).toEqual([deflate]);
  const compression: Compression = {
    createDeflater: () => {
      throw new Error();
    },
    createInflater: () => {
      throw new Error();
    },
  };
  const [one] = readOptions({ perMessageDeflate: { threshold: 1 } }, 0, { compression }).extensions;
  const [two] = readOptions({ perMessageDeflate: { threshold: 1 } }, 0, { compression }).extensions;
  expect([one!.name, one === two]).toEqual(["permessage-deflate", true]);
});

test.each([undefined, true, false])("drafts: %s", (drafts) => {
  expect(readOptions({ drafts }, 0).drafts).toBe(drafts);
});

test("validateOptions names the first key it does not know", () => {
  expect(() => {
    validateOptions({ a: 1, b: 1, c: 1 }, ["a", "c"]);
  }).toThrow(new Error("Unrecognized option: b"));
  expect(validateOptions({ a: 1 }, ["a"])).toBeUndefined();
});

test("what may not be sent is found before anything is", () => {
  checkChoice({ protocols: ["a"] });
  checkChoice({ headers: { "X-A": "a" } });
  expect(() => {
    checkChoice({ headers: { Upgrade: "h2c" } });
  }).toThrow(UsageError);
  expect(() => {
    checkChoice({ headers: { "X-A": "\r\n" } });
  }).toThrow(UsageError);
  checkRequest({ host: "h", target: "/" });
  expect(() => {
    checkRequest({ host: "h", target: "/", protocols: ["a b"] });
  }).toThrow(UsageError);
});

const protocols: [given: string | string[] | null | undefined, read: string[]][] = [
  [undefined, []],
  [null, []],
  ["", []],
  ["a,b , c", ["a", "b", "c"]],
  [
    ["a", " b "],
    ["a", "b"],
  ],
  [[], []],
];
test.each(protocols)("protocols %o", (given, expected) => {
  expect(readProtocols(given)).toEqual(expected);
});
