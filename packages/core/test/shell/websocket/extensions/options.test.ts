import { expect, test } from "vitest";
import type { Compression, DeflateParameters } from "../../../../src/extension/compression.ts";
import type { Extension, ExtensionMessage } from "../../../../src/extension/extension.ts";
import {
  type DeflateOptions,
  type ExtensionOptions,
  readExtensions,
} from "../../../../src/shell/websocket/extensions/options.ts";
import type { ExtensionPlugin } from "../../../../src/shell/websocket/extensions/plugin.ts";
import { UsageError } from "../../../../src/violation.ts";

const asked: DeflateParameters[] = [];
const compression: Compression = {
  createDeflater(parameters) {
    asked.push(parameters);
    return {
      deflate: (_, done) => {
        done(undefined);
      },
      close: () => {},
    };
  },
  createInflater: () => ({
    inflate: (_, done) => {
      done("invalid");
    },
    close: () => {},
  }),
};
const runtime = { compression };
const own = (name = "own", rsv = 0): Extension => ({
  name,
  rsv,
  offer: () => ({ parameters: [], activate: () => undefined }),
  accept: () => undefined,
});
const plugin = (name = "plugged"): ExtensionPlugin => ({
  name,
  type: "permessage",
  rsv1: false,
  rsv2: true,
  rsv3: false,
  createClientSession: () => null,
  createServerSession: () => null,
});
const read = (options: ExtensionOptions): readonly Extension[] => readExtensions(options, runtime);
const names = (options: ExtensionOptions): string[] => read(options).map(({ name }) => name);

const lists: [name: string, options: ExtensionOptions, names: string[]][] = [
  ["nothing", {}, []],
  ["nothing, in many words", { perMessageDeflate: undefined, extensions: null }, []],
  ["an empty list", { perMessageDeflate: false, extensions: [] }, []],
  ["null", { perMessageDeflate: null }, []],
  ["compression", { perMessageDeflate: true }, ["permessage-deflate"]],
  ["compression, configured", { perMessageDeflate: {} }, ["permessage-deflate"]],
  ["an extension", { extensions: own() }, ["own"]],
  ["a plug-in", { extensions: plugin() }, ["plugged"]],
  [
    "several, compression first",
    { perMessageDeflate: true, extensions: [plugin(), own()] },
    ["permessage-deflate", "plugged", "own"],
  ],
];
test.each(lists)("%s", (_, options, expected) => {
  expect(names(options)).toEqual(expected);
});

test("whoever asks for nothing shares one list", () => {
  expect(read({})).toBe(read({ extensions: [] }));
});

test("a plug-in becomes an extension once, for whatever connections use it", () => {
  const given = plugin();
  const [first] = read({ extensions: given });
  const [second] = read({ extensions: [given] });
  expect([first === second, first!.rsv]).toEqual([true, 2]);
});

test("compression that is asked for alike is one extension, also by options that are written anew each time", () => {
  const one = read({ perMessageDeflate: { threshold: 5 } })[0];
  expect(read({ perMessageDeflate: { threshold: 5 } })[0]).toBe(one);
  expect(read({ perMessageDeflate: { threshold: 6 } })[0]).not.toBe(one);
  expect(read({ perMessageDeflate: { threshold: 6, memLevel: 1 } })[0]).not.toBe(
    read({ perMessageDeflate: { threshold: 6 } })[0],
  );
  expect(
    readExtensions({ perMessageDeflate: { threshold: 6 } }, { compression: { ...compression } })[0],
  ).not.toBe(read({ perMessageDeflate: { threshold: 6 } })[0]);
});

const zlib: [
  name: string,
  options: DeflateOptions,
  level: number | undefined,
  memLevel: number | undefined,
][] = [
  ["by our names", { level: 1, memLevel: 2 }, 1, 2],
  ["by those of ws", { zlibDeflateOptions: { level: 3, memLevel: 4 } }, 3, 4],
  ["by both: ours go first", { level: 1, zlibDeflateOptions: { level: 3, memLevel: 4 } }, 1, 4],
  ["by none", { zlibDeflateOptions: {}, zlibInflateOptions: {} }, undefined, undefined],
  [
    "the example in the documentation of ws",
    {
      zlibDeflateOptions: { chunkSize: 1024, memLevel: 7, level: 3 },
      zlibInflateOptions: { chunkSize: 10 * 1024 },
      clientNoContextTakeover: true,
      serverNoContextTakeover: true,
      serverMaxWindowBits: 10,
      concurrencyLimit: 10,
      threshold: 1024,
    },
    3,
    7,
  ],
];
test.each(zlib)("zlib's levels %s", (_, options, level, memLevel) => {
  const answer = read({ perMessageDeflate: { threshold: 0, ...options } })[0]!.accept([new Map()], {
    maxMessageSize: 9,
  })!;
  const message: ExtensionMessage = {
    opcode: 1,
    rsv: 0,
    data: new Uint8Array(2000),
    compress: true,
  };
  answer.session.outgoing(message, () => {});
  expect(asked.pop()).toMatchObject({ level, memLevel });
});

const refused: [name: string, options: unknown, message: string][] = [
  [
    "compression that is no object",
    { perMessageDeflate: 5 },
    "perMessageDeflate: expected true, false or an object, got number",
  ],
  [
    "an option of compression nobody knows",
    { perMessageDeflate: { windowBits: 9 } },
    "Unrecognized option: perMessageDeflate.windowBits",
  ],
  [
    "one that is a function",
    { perMessageDeflate: { hook: () => {} } },
    "Unrecognized option: perMessageDeflate.hook",
  ],
  [
    "a window that is none",
    { perMessageDeflate: { serverMaxWindowBits: 7 } },
    "perMessageDeflate.serverMaxWindowBits: expected a whole number from 8 to 15, got 7",
  ],
  [
    "a threshold that is none",
    { perMessageDeflate: { threshold: NaN } },
    "perMessageDeflate.threshold: expected a whole number from 0 to 9007199254740991, got NaN",
  ],
  [
    "an option of zlib that would break the format",
    { perMessageDeflate: { zlibDeflateOptions: { finishFlush: 4 } } },
    "Unrecognized option: perMessageDeflate.zlibDeflateOptions.finishFlush",
  ],
  [
    "the same of inflating",
    { perMessageDeflate: { zlibInflateOptions: { maxOutputLength: 4 } } },
    "Unrecognized option: perMessageDeflate.zlibInflateOptions.maxOutputLength",
  ],
  [
    "a plug-in without a name",
    { extensions: { type: "permessage" } },
    "extension.name must be a string",
  ],
  ["null in a list", { extensions: [null] }, "extension.name must be a string"],
  ["text in a list", { extensions: ["deflate"] }, "extension.name must be a string"],
  [
    "a plug-in of another type",
    { extensions: { ...plugin(), type: "perframe" } },
    'extension.type must be "permessage"',
  ],
  [
    "a plug-in without bits",
    { extensions: { ...plugin(), rsv3: 0 } },
    "extension.rsv3 must be true or false",
  ],
  [
    "an extension without a name",
    { extensions: { ...own(), name: 5 } },
    "extension.name: expected a token (RFC 6455 §9.1), got 5",
  ],
  [
    "a name that is no token",
    { extensions: own("a b") },
    "extension.name: expected a token (RFC 6455 §9.1), got a b",
  ],
  [
    "bits that are none",
    { extensions: own("a", 8) },
    "extension.rsv: expected bits from 0 to 7, got 8",
  ],
  [
    "a fraction of a bit",
    { extensions: own("a", 0.5) },
    "extension.rsv: expected bits from 0 to 7, got 0.5",
  ],
  [
    "a name that comes twice",
    { extensions: [own("a"), plugin("a")] },
    'An extension with name "a" is already registered',
  ],
  [
    "two compressions",
    { perMessageDeflate: true, extensions: [plugin("permessage-deflate")] },
    'An extension with name "permessage-deflate" is already registered',
  ],
];
test.each(refused)("refused: %s", (_, options, message) => {
  expect(() => read(options as ExtensionOptions)).toThrow(new UsageError(message));
});

test("a runtime without compression says so, and is not asked before", () => {
  expect(() => readExtensions({ perMessageDeflate: true }, {})).toThrow(UsageError);
  expect(
    readExtensions(
      { extensions: own() },
      {
        get compression(): never {
          throw new Error("not asked for");
        },
      },
    ),
  ).toHaveLength(1);
});
