/** Frames to messages: fragments, limits, UTF-8, and what is kept of a chunk. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } from "../../../src/frame/opcode.ts";
import type { ConnectionOptions } from "../../../src/options.ts";
import { cut, masked, utf8 } from "../../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../../src/testing/recorder.ts";
import { openServer, when } from "../story.ts";

const part = (opcode: number, payload: Uint8Array | string): Uint8Array =>
  masked(opcode, payload, { fin: false });
const last = (payload: Uint8Array | string): Uint8Array => masked(CONTINUATION, payload);

const told = (chunks: readonly Uint8Array[], options?: Partial<ConnectionOptions>): string[] => {
  const { connection, story } = openServer(options);
  for (const chunk of chunks) connection.receive(chunk.slice());
  return story().filter((line) => line.startsWith("on"));
};
const split = (text: string, at: number): Uint8Array[] => [
  utf8(text).slice(0, at),
  utf8(text).slice(at),
];
const [euro1, euro2] = split("€", 1);

const messages: [name: string, frames: Uint8Array[], expected: string[]][] = [
  ["in fragments", [part(TEXT, "a"), part(CONTINUATION, "b"), last("c")], ["onText abc"]],
  ["binary in fragments", [part(BINARY, "a"), last("b")], ["onBinary ab"]],
  [
    "empty fragments at the ends and between",
    [
      part(TEXT, ""),
      part(CONTINUATION, ""),
      part(CONTINUATION, "x"),
      part(CONTINUATION, ""),
      last(""),
    ],
    ["onText x"],
  ],
  [
    "nothing but empty fragments",
    [part(TEXT, ""), last(""), part(BINARY, ""), last("")],
    ["onText", "onBinary"],
  ],
  ["empty messages", [masked(TEXT, ""), masked(BINARY, "")], ["onText", "onBinary"]],
  [
    "control frames between fragments",
    [part(TEXT, "a"), masked(PING, "p"), part(CONTINUATION, "b"), masked(PONG, ""), last("c")],
    ["onPing p", "onPong", "onText abc"],
  ],
  ["a character cut by a fragment", [part(TEXT, euro1!), last(euro2!)], ["onText €"]],
  [
    "a character cut by a fragment, with a ping and an empty fragment in it",
    [part(TEXT, euro1!), masked(PING, ""), part(CONTINUATION, ""), last(euro2!)],
    ["onPing", "onText €"],
  ],
  [
    "a message after one in fragments",
    [part(TEXT, "é"), last(""), masked(TEXT, "x"), part(TEXT, "y"), last("z")],
    ["onText é", "onText x", "onText yz"],
  ],
  ["a message in fragments ended by the close frame", [part(TEXT, "a"), masked(CLOSE, "")], []],
  ["a continuation of nothing", [last("x")], ["onViolation unexpected-continuation"]],
  [
    "a continuation after the last one",
    [part(TEXT, "a"), last("b"), last("c")],
    ["onText ab", "onViolation unexpected-continuation"],
  ],
  [
    "a message inside another",
    [part(TEXT, "a"), masked(TEXT, "b")],
    ["onViolation interrupted-message"],
  ],
  [
    "a binary one inside a text",
    [part(TEXT, "a"), part(BINARY, "b")],
    ["onViolation interrupted-message"],
  ],
  ["text that ends inside a character", [masked(TEXT, euro1!)], ["onViolation invalid-utf8"]],
  [
    "text in fragments that ends inside a character",
    [part(TEXT, "a"), last(euro1!)],
    ["onViolation invalid-utf8"],
  ],
  ["… with an empty fragment", [part(TEXT, euro1!), last("")], ["onViolation invalid-utf8"]],
  [
    "binary may be anything",
    [part(BINARY, Uint8Array.of(0xff)), last(euro1!)],
    [expect.stringMatching(/^onBinary/) as unknown as string],
  ],
];

describe.each([false, true])("chunks are ours: %s", (ownsChunks) => {
  test.each(messages)("%s", (_, frames, expected) => {
    expect(told(frames, { ownsChunks })).toEqual(expected);
    expect(told([joinBytes(frames)], { ownsChunks })).toEqual(expected);
    expect(
      told(
        [...joinBytes(frames)].map((byte) => Uint8Array.of(byte)),
        { ownsChunks },
      ),
    ).toEqual(expected);
  });
});

test("however it is cut, it reads alike", () => {
  const stream = joinBytes([
    ...messages.slice(0, 9).flatMap(([, frames]) => frames),
    part(TEXT, "ß".repeat(3000)),
    masked(PING, "x".repeat(125)),
    last("ü".repeat(5000)),
  ]);
  const whole = told([stream]);
  fc.assert(
    fc.property(
      fc.array(fc.nat(stream.length), { maxLength: 30 }),
      fc.boolean(),
      (cuts, ownsChunks) => {
        expect(
          told(
            cut(
              stream,
              cuts.sort((a, b) => a - b),
            ),
            { ownsChunks },
          ),
        ).toEqual(whole);
      },
    ),
    { numRuns: 50 },
  );
});

describe("whether a text is ASCII", () => {
  const rows: [name: string, frames: Uint8Array[], ascii: boolean[]][] = [
    ["whole", [masked(TEXT, "a"), masked(TEXT, "é"), masked(TEXT, "")], [true, false, true]],
    [
      "in fragments",
      [
        part(TEXT, "a"),
        last("b"),
        part(TEXT, "a"),
        last("é"),
        part(TEXT, "é"),
        last("b"),
        part(TEXT, "a"),
        last("b"),
      ],
      [true, false, false, true],
    ],
    [
      "in fragments large enough for parts",
      [
        part(TEXT, "a".repeat(5000)),
        last("é".repeat(5000)),
        part(TEXT, "a".repeat(5000)),
        last("b".repeat(5000)),
      ],
      [false, true],
    ],
  ];
  test.each(rows)("%s", (_, frames, expected) => {
    const { connection, end } = openServer({ ownsChunks: true });
    for (const chunk of frames) connection.receive(chunk);
    expect(
      end
        .take()
        .flatMap((action) =>
          action[0] === "onText" ? [action[4]] : action[0] === "onTextParts" ? [action[3]] : [],
        ),
    ).toEqual(expected);
  });
});

describe("text that is not UTF-8 is found at its first bad octet", () => {
  const bad: [name: string, chunks: Uint8Array[]][] = [
    [
      "inside a frame that is still arriving",
      cut(masked(TEXT, joinBytes([utf8("abc"), Uint8Array.of(0xc0), utf8("abcdef")])), [10]),
    ],
    ["in a fragment, with more to come", [part(TEXT, Uint8Array.of(0x61, 0xff))]],
    [
      "at the second octet of a character cut by chunks",
      cut(masked(TEXT, Uint8Array.of(0x61, 0xed, 0xa0, 0x80, 0x61, 0x61)), [8, 9]),
    ],
    [
      "in a long piece",
      cut(
        masked(
          TEXT,
          joinBytes([utf8("x".repeat(500)), Uint8Array.of(0xff), utf8("x".repeat(500))]),
        ),
        [600],
      ),
    ],
  ];
  test.each(bad)("%s", (_, chunks) => {
    // The last chunk of a frame that still arrives is not needed.
    const needed = chunks.length > 1 ? chunks.slice(0, -1) : chunks;
    expect(told(needed)).toEqual(["onViolation invalid-utf8"]);
  });
});

describe("limits", () => {
  const rows: [
    name: string,
    options: Partial<ConnectionOptions>,
    frames: Uint8Array[],
    expected: string[],
  ][] = [
    [
      "a message of just the size",
      { maxMessageSize: 5 },
      [masked(TEXT, "12345")],
      ["onText 12345"],
    ],
    [
      "one byte more",
      { maxMessageSize: 5 },
      [masked(TEXT, "123456")],
      ["onViolation message-too-big"],
    ],
    [
      "just the size in fragments, twice",
      { maxMessageSize: 5 },
      [part(TEXT, "12"), last("345"), part(TEXT, "12"), last("345")],
      ["onText 12345", "onText 12345"],
    ],
    [
      "one byte more in fragments",
      { maxMessageSize: 5 },
      [part(TEXT, "123"), part(CONTINUATION, "45"), last("6")],
      ["onViolation message-too-big"],
    ],
    [
      "control frames do not count",
      { maxMessageSize: 5, maxFragments: 2 },
      [part(TEXT, "12"), masked(PING, "123456"), last("345")],
      ["onPing 123456", "onText 12345"],
    ],
    [
      "just the number of fragments",
      { maxFragments: 3 },
      [part(TEXT, "1"), part(CONTINUATION, ""), last("2"), masked(TEXT, "x")],
      ["onText 12", "onText x"],
    ],
    [
      "one fragment more",
      { maxFragments: 3 },
      [part(TEXT, "1"), part(CONTINUATION, ""), part(CONTINUATION, ""), last("2")],
      ["onViolation too-many-fragments"],
    ],
    [
      "the header alone tells the size",
      { maxMessageSize: 5 },
      [masked(BINARY, new Uint8Array(300)).subarray(0, 8)],
      ["onViolation message-too-big"],
    ],
  ];
  test.each(rows)("%s", (_, options, frames, expected) => {
    expect(told(frames, options)).toEqual(expected);
  });

  test.each([false, true])(
    "4 MiB in 64-byte fragments pass the default limits, in few parts (chunks ours: %s)",
    (ownsChunks) => {
      const { connection, end } = openServer({ ownsChunks });
      const payload = new Uint8Array(64).fill(7);
      const count = 65_536;
      connection.receive(part(BINARY, payload));
      const more = joinBytes(Array.from({ length: 127 }, () => part(CONTINUATION, payload)));
      for (let sent = 1; sent + 127 < count; sent += 127) connection.receive(more.slice());
      for (let rest = ((count - 2) % 127) + 1; rest > 1; rest--)
        connection.receive(part(CONTINUATION, payload));
      connection.receive(last(payload));
      const [action] = end.take();
      expect(action?.[0]).toBe("onBinaryParts");
      const parts = action![1] as Uint8Array[];
      expect(parts.reduce((sum, { length }) => sum + length, 0) / 64).toBeGreaterThan(count - 130);
      expect(parts.length).toBeLessThan(100);
    },
  );
});

describe("what a message refers to", () => {
  const viewsOf = (chunks: readonly Uint8Array[], ownsChunks: boolean): Uint8Array[] => {
    const { connection, end } = openServer({ ownsChunks });
    const views: Uint8Array[] = [];
    end.onBinary = (bytes) => {
      views.push(bytes);
    };
    end.onBinaryParts = (parts) => {
      views.push(...parts);
    };
    for (const chunk of chunks) connection.receive(chunk);
    return views;
  };

  test("a whole one: the chunk", () => {
    const chunk = masked(BINARY, new Uint8Array(10));
    expect(viewsOf([chunk], false)[0]!.buffer).toBe(chunk.buffer);
  });

  test.each([true, false])(
    "one in large pieces: the chunks where they are ours (%s), else copies",
    (ownsChunks) => {
      const chunks = cut(masked(BINARY, new Uint8Array(20_000)), [10_000]);
      const views = viewsOf(chunks, ownsChunks);
      expect(views.map((view) => chunks.some(({ buffer }) => buffer === view.buffer))).toEqual([
        ownsChunks,
        ownsChunks,
      ]);
    },
  );

  test("a small piece never holds the large chunk it came in", () => {
    const chunk = joinBytes([
      masked(PING, ""),
      new Uint8Array(0),
      part(BINARY, "small"),
      ...Array.from({ length: 500 }, () => masked(PONG, new Uint8Array(100))),
    ]);
    const views = viewsOf([chunk, last("too")], true);
    expect(views.every(({ buffer }) => buffer !== chunk.buffer)).toBe(true);
  });
});

test("a control frame cut by chunks is told in memory that stays as it is", () => {
  const { connection, end } = openServer();
  const told: string[] = [];
  when(end, "onPing", (bytes, start, stop) => {
    told.push(Buffer.from(bytes.slice(start, stop)).toString());
  });
  for (const chunk of cut(
    joinBytes([masked(PING, "first"), masked(PING, "second"), masked(PING, "x".repeat(125))]),
    [3, 8, 13, 20, 100],
  ))
    connection.receive(chunk);
  expect(told).toEqual(["first", "second", "x".repeat(125)]);
});
