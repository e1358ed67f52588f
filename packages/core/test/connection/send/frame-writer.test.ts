import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COPY_MAX, WriteBuffer } from "../../../src/connection/buffer/write-buffer.ts";
import { HybiFrameWriter } from "../../../src/connection/send/frame-writer.ts";
import { Slab } from "../../../src/connection/buffer/slab.ts";
import { MaskSource } from "../../../src/frame/mask-source.ts";
import { BINARY, PING, TEXT } from "../../../src/frame/opcode.ts";
import type { Platform } from "../../../src/platform.ts";
import { utf8 } from "../../../src/testing/wire/bytes.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";
import { joinBytes, outcomeOf, Recorder } from "../../../src/testing/recorder.ts";
import { decodeFrame, type WireFrame } from "../../../src/testing/wire/frames.ts";

interface Sender {
  readonly outbound: HybiFrameWriter;
  readonly outbox: WriteBuffer;
  readonly recorder: Recorder;
  /** The frames sent since the last call. */
  frames(): WireFrame[];
}

/** How often texts were encoded. */
const counted = (platform: Platform): Platform & { encoded: number } => {
  const counting = {
    ...platform,
    encoded: 0,
    encodeUtf8Into: (text: string, into: Uint8Array, offset: number): number => {
      counting.encoded++;
      return platform.encodeUtf8Into(text, into, offset);
    },
  };
  return counting;
};

function sender(
  role: "server" | "client",
  platform = createTestPlatform(),
  slab = new Slab(platform),
): Sender {
  const recorder = new Recorder();
  const outbox = new WriteBuffer(slab, recorder);
  const outbound = new HybiFrameWriter(
    platform,
    outbox,
    role === "client" ? new MaskSource(platform) : undefined,
  );
  const frames = (): WireFrame[] => {
    outbox.flush();
    const found: WireFrame[] = [];
    for (let rest = outcomeOf(recorder.take()).sent; rest.length > 0;) {
      const { frame, used } = decodeFrame(rest)!;
      found.push(frame);
      rest = rest.subarray(used);
    }
    return found;
  };
  return { outbound, outbox, recorder, frames };
}

const formOf = (size: number): number => (size < 126 ? 7 : size < 65536 ? 16 : 64);
const expected = (opcode: number, payload: Uint8Array, role: string): object => ({
  opcode,
  fin: true,
  rsv: 0,
  masked: role === "client",
  form: formOf(payload.length),
  payload,
});
/** `toEqual` walks large arrays one element at a time. */
const check = (frames: WireFrame[], opcode: number, payload: Uint8Array, role: string): void => {
  expect(frames).toHaveLength(1);
  const { key: _, payload: got, ...rest } = frames[0]!;
  const { payload: __, ...shape } = expected(opcode, payload, role) as WireFrame;
  expect(rest).toEqual(shape);
  expect(got.length).toBe(payload.length);
  expect(Buffer.compare(got, payload)).toBe(0);
};

const sizes = [
  0,
  1,
  2,
  41,
  42,
  124,
  125,
  126,
  127,
  COPY_MAX - 8,
  COPY_MAX,
  COPY_MAX + 1,
  8192,
  8193,
  21845,
  21846,
  65535,
  65536,
  70_000,
];
const characters: [name: string, character: string][] = [
  ["1 byte", "a"],
  ["2 bytes", "é"],
  ["3 bytes", "€"],
  ["4 bytes", "😀"],
];

describe.each(["server", "client"] as const)("a %s's frames", (role) => {
  for (const [name, character] of characters) {
    const width = utf8(character).length;
    test.each(sizes.map((size) => Math.floor(size / width)))(
      `text of characters of ${name}: %d of them`,
      (count) => {
        const text = character.repeat(count);
        const { outbound, frames } = sender(role);
        outbound.text(text);
        check(frames(), TEXT, utf8(text), role);
      },
    );
    // The size of the header is guessed from the number of units, and must then be mended.
    test.each([41, 42, 62, 63, 125, 126, 8192, 8193, 21_846])(
      `text of characters of ${name}, %d units`,
      (units) => {
        const text = character.repeat(Math.floor(units / character.length));
        const { outbound, frames } = sender(role);
        outbound.text(text);
        check(frames(), TEXT, utf8(text), role);
      },
    );
  }

  test.each(sizes)("binary of %d bytes, in a larger array that stays as it is", (size) => {
    const { outbound, frames } = sender(role);
    const bytes = Uint8Array.from({ length: size + 7 }, (_, i) => i * 7);
    const before = bytes.slice();
    outbound.payload(BINARY, bytes, 3, 3 + size);
    check(frames(), BINARY, before.subarray(3, 3 + size), role);
    expect(Buffer.compare(bytes, before)).toBe(0);
  });

  const partings: [name: string, sizes: number[]][] = [
    ["no part", []],
    ["one empty part", [0]],
    ["one", [5]],
    ["small ones", [1, 2, 3, 0, 5]],
    ["odd ones, large and small", [4097, 1, 5000, 3, 9001]],
    ["just the size of the longest header", [65_536 - 10, 10]],
  ];
  test.each(partings)("%s, which stay as they are", (_, partSizes) => {
    const { outbound, frames } = sender(role);
    const parts = partSizes.map((size, at) => Uint8Array.from({ length: size }, (__, i) => i + at));
    const before = parts.map((part) => part.slice());
    outbound.parts(
      BINARY,
      parts,
      partSizes.reduce((sum, size) => sum + size, 0),
    );
    check(frames(), BINARY, joinBytes(before), role);
    expect(Buffer.compare(joinBytes(parts), joinBytes(before))).toBe(0);
  });

  test("lone surrogates become U+FFFD", () => {
    const { outbound, frames } = sender(role);
    outbound.text("a\ud800b");
    check(frames(), TEXT, utf8("a\ufffdb"), role);
  });

  test("a control frame", () => {
    const { outbound, frames } = sender(role);
    outbound.payload(PING, utf8("1"), 0, 1);
    check(frames(), PING, utf8("1"), role);
  });

  test("anything, in any order, comes out in order", () => {
    const message = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.string({ unit: "grapheme", minLength: 20, maxLength: 40 }).map((text) => text.repeat(200)),
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ minLength: COPY_MAX - 20, maxLength: COPY_MAX + 20, size: "max" }),
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), (messages) => {
        const { outbound, frames } = sender(role);
        for (const data of messages) {
          if (typeof data === "string") outbound.text(data);
          else outbound.payload(BINARY, data, 0, data.length);
        }
        const got = frames();
        expect(got.map(({ form }) => form)).toEqual(
          got.map(({ payload }) => formOf(payload.length)),
        );
        expect(got.map(({ payload }) => Buffer.from(payload).toString("hex"))).toEqual(
          messages.map((data) =>
            Buffer.from(typeof data === "string" ? utf8(data) : data).toString("hex"),
          ),
        );
      }),
      { numRuns: 60 },
    );
  });
});

test("each frame of a client has a key of its own", () => {
  const { outbound, frames } = sender("client");
  for (let i = 0; i < 10; i++) outbound.text("the same");
  outbound.text("long ".repeat(2000));
  outbound.parts(TEXT, [utf8("the same")], 8);
  expect(new Set(frames().map(({ key }) => key)).size).toBe(12);
});

describe("what a server keeps by reference, and a client copies", () => {
  test.each([
    ["server", true],
    ["client", false],
  ] as const)("%s", (role, kept) => {
    const { outbound, outbox, recorder } = sender(role);
    const bytes = new Uint8Array(100_000);
    const written: Uint8Array[] = [];
    recorder.write = (piece) => {
      written.push(piece);
    };
    recorder.writeMany = (pieces) => {
      written.push(...pieces);
    };
    outbound.payload(BINARY, bytes, 0, bytes.length);
    outbound.parts(BINARY, [bytes], bytes.length);
    outbox.flush();
    expect(written.filter(({ buffer }) => buffer === bytes.buffer)).toHaveLength(kept ? 2 : 0);
  });
});

describe("one text sent to many", () => {
  const text = "a text to be sent to everybody who is there";

  test("is encoded once, whichever server's connection sends it, however often", () => {
    const platform = counted(createTestPlatform());
    const slab = new Slab(platform);
    const senders = [
      sender("server", platform, slab),
      sender("server", platform, slab),
      sender("server", platform, slab),
    ];
    for (const { outbound } of senders) outbound.text(`${text}!`);
    for (const { outbound } of senders) outbound.text(`${text}!`);
    expect(platform.encoded).toBe(1);
    for (const { frames } of senders)
      expect(frames().map(({ payload }) => payload)).toEqual([utf8(`${text}!`), utf8(`${text}!`)]);
  });

  test("its frame outlives the slab it was written in", () => {
    const platform = createTestPlatform();
    const slab = new Slab(platform);
    const { outbound, frames } = sender("server", platform, slab);
    outbound.text(text);
    outbound.payload(BINARY, new Uint8Array(COPY_MAX), 0, COPY_MAX);
    for (let i = 0; i < 40; i++) {
      slab.used = slab.bytes.length;
      slab.ensure(100);
    }
    outbound.text(text);
    expect(frames().map(({ payload }) => payload.length)).toEqual([
      text.length,
      COPY_MAX,
      text.length,
    ]);
  });

  test("another text of the same length is another text", () => {
    const { outbound, frames } = sender("server");
    outbound.text(text);
    outbound.text(text.replace("everybody", "nobody at"));
    outbound.text(text);
    expect(frames().map(({ payload }) => payload)).toEqual(
      [text, text.replace("everybody", "nobody at"), text].map(utf8),
    );
  });

  test("is found again when it is long", () => {
    const platform = counted(createTestPlatform());
    const { outbound, frames } = sender("server", platform);
    const long = "€".repeat(8000);
    outbound.text(long);
    outbound.text(long);
    expect(platform.encoded).toBe(1);
    const [first, second] = frames();
    expect(Buffer.compare(first!.payload, second!.payload)).toBe(0);
    expect(Buffer.compare(first!.payload, utf8(long))).toBe(0);
  });

  test("short texts are not looked for", () => {
    const platform = counted(createTestPlatform());
    const { outbound } = sender("server", platform);
    outbound.text("short");
    outbound.text("short");
    expect(platform.encoded).toBe(2);
  });

  test("a client neither finds nor leaves one: its keys are its own", () => {
    const platform = counted(createTestPlatform());
    const slab = new Slab(platform);
    const other = `${text} again`;
    const server = sender("server", platform, slab);
    const client = sender("client", platform, slab);
    server.outbound.text(other);
    client.outbound.text(other);
    client.outbound.text(`${other} and again`);
    server.outbound.text(`${other} and again`);
    expect(platform.encoded).toBe(4);
    expect(server.frames().every(({ masked }) => !masked)).toBe(true);
    expect(client.frames().every(({ masked }) => masked)).toBe(true);
  });
});

describe("payload that cannot be copied", () => {
  /** Memory that refuses to be read in part. */
  class Refusing extends Uint8Array {
    override subarray(): never {
      throw new TypeError("refused");
    }
  }
  const sizes = [400, 4000, 4097, 100_000];

  test.each(["server", "client"] as const)(
    "begins no frame, whatever its size: those before and behind it go out whole (%s)",
    (role) => {
      for (const size of sizes) {
        const { outbound, outbox, frames } = sender(role);
        const refusing = new Refusing(size + 1);
        outbound.text("before");
        const gathered = outbox.size;
        expect(() => {
          outbound.payload(BINARY, refusing, 1, size + 1);
        }).toThrow("refused");
        expect(outbox.size).toBe(gathered);
        outbound.text("behind");
        expect(frames().map(({ payload }) => Buffer.from(payload).toString())).toEqual([
          "before",
          "behind",
        ]);
      }
    },
  );

  test("nor does the second part of a client's message", () => {
    for (const size of sizes) {
      const { outbound, frames } = sender("client");
      const broken = new Proxy([new Uint8Array(size)], {
        get: (parts, name) =>
          name === Symbol.iterator
            ? function* (): Generator<Uint8Array> {
                yield parts[0]!;
                throw new TypeError("refused");
              }
            : (Reflect.get(parts, name) as unknown),
      });
      expect(() => {
        outbound.parts(BINARY, broken, 2 * size);
      }).toThrow("refused");
      outbound.text("behind");
      expect(frames()).toHaveLength(1);
    }
  });
});
