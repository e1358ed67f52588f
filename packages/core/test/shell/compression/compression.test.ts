import zlib from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import type { Deflater, DeflateParameters, Inflater } from "../../../src/extension/compression.ts";
import { createZlibCompression } from "../../../src/shell/compression/compression.ts";
import type { Zlib } from "../../../src/shell/compression/zlib.ts";

const compression = createZlibCompression(zlib);
/** Of a zlib without dictionaries, such as Deno's: takeover needs streams there. */
const streaming = createZlibCompression({
  ...zlib,
  deflateRawSync: (data, { dictionary: _, ...options }) => zlib.deflateRawSync(data, options),
});
const text = (size: number): Buffer =>
  Buffer.from(
    "the quick brown fox jumps over the lazy dog. ".repeat(Math.ceil(size / 45)).slice(0, size),
  );
/** The same each time, and not to be compressed. */
function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0, state = 1; at < size; at++)
    bytes[at] = (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0) >>> 24;
  return bytes;
}

const deflater = (parameters: Partial<DeflateParameters> = {}, by = compression): Deflater =>
  by.createDeflater({
    windowBits: 15,
    takeover: false,
    level: undefined,
    memLevel: undefined,
    ...parameters,
  });
const inflater = (
  maxSize = 1 << 26,
  windowBits = 15,
  takeover = false,
  by = compression,
): Inflater => by.createInflater({ windowBits, takeover, maxSize });

const deflated = (by: Deflater, data: Uint8Array): Promise<Uint8Array | undefined> =>
  new Promise((resolve) => {
    by.deflate(data, resolve);
  });
const inflated = (by: Inflater, data: Uint8Array): Promise<string | number> =>
  new Promise((resolve) => {
    by.inflate(data, (result) => {
      resolve(typeof result === "string" ? result : result.length);
    });
  });

/** The result of `work` if it comes while `work` runs, `undefined` if it comes later. */
function atOnce<T>(work: (done: (result: T) => void) => void): T | undefined {
  let given: T | undefined;
  work((result) => {
    given = result;
  });
  return given;
}

const sizes = [0, 1, 1023, 1024, 16_383, 16_384, 16_385, 65_536, 1_048_576];
const windows = [8, 9, 10, 12, 15];

describe.each([
  ["without takeover", false, compression],
  ["with takeover", true, compression],
  ["with takeover, by streams", true, streaming],
] as const)("round trips %s", (_, takeover, by) => {
  test.each(windows)("a window of %i bits, all sizes, text and noise", async (windowBits) => {
    const small = deflater({ windowBits, takeover }, by);
    const large = inflater(undefined, windowBits, takeover, by);
    for (const size of sizes) {
      for (const data of [text(size), noise(size)]) {
        const packed = (await deflated(small, data))!;
        const back = await new Promise((resolve) => {
          large.inflate(packed, resolve);
        });
        expect(Buffer.compare(back as Uint8Array, data), `${size} bytes`).toBe(0);
      }
    }
    small.close();
    large.close();
  });

  test("the four bytes are left off, and an empty message is one byte (RFC 7692 §7.2.3.6)", async () => {
    const small = deflater({ takeover }, by);
    const next = async (data: string): Promise<number[]> => [
      ...(await deflated(small, Buffer.from(data)))!,
    ];
    expect([await next(""), await next("")]).toEqual([[0], [0]]);
    expect(await next("Hello")).toEqual([0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
    expect(await next("Hello")).toEqual(
      takeover ? [0xf2, 0x00, 0x11, 0x00, 0x00] : [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
    );
    small.close();
  });

  test("the RFC's examples are read: a block that is not compressed, a final block, two blocks (§7.2.3)", async () => {
    const examples = [
      [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
      [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
      [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00],
    ];
    const large = inflater(undefined, undefined, takeover, by);
    for (const example of [...examples, ...examples]) {
      const result = await new Promise<Uint8Array>((resolve) => {
        large.inflate(Uint8Array.from(example), resolve as never);
      });
      expect(Buffer.from(result).toString()).toBe("Hello");
    }
    large.close();
  });

  const limits = [1, 5, 1024, 131_071, 131_072, 131_073, 1_000_000];
  test.each(limits)("the limit holds to the byte: %i", async (limit) => {
    const small = deflater();
    const [just, over, bomb] = await Promise.all(
      [limit, limit + 1, 30_000_000].map((size) => deflated(small, Buffer.alloc(size))),
    );
    expect(await inflated(inflater(limit, 15, takeover, by), just!)).toBe(limit);
    expect(await inflated(inflater(limit, 15, takeover, by), over!)).toBe("too-big");
    expect(await inflated(inflater(limit, 15, takeover, by), bomb!)).toBe("too-big");
  });

  const garbage: [name: string, bytes: number[]][] = [
    ["a block of no type", [0x07, 0xff]],
    ["lengths that do not match", [0x00, 0x05, 0x00, 0x05, 0x00, 0x48]],
    ["text", [...Buffer.from("hello, this was never compressed")]],
    ["nothing at all", []],
    ["a distance too far back", [0x4b, 0x04, 0x23, 0x00]],
  ];
  test.each(garbage)("invalid: %s", async (_name, bytes) => {
    expect(await inflated(inflater(1e6, 15, takeover, by), Uint8Array.from(bytes))).toBe("invalid");
  });
});

test("either way of taking over reads what the other has written, whatever the order of messages that fail to shrink, are empty or are long", async () => {
  const messages = [
    text(500),
    noise(3000),
    text(0),
    noise(70_000),
    text(500),
    noise(3000),
    text(40_000),
    noise(70_000),
  ];
  for (const [writer, reader] of [
    [compression, streaming],
    [streaming, compression],
  ] as const) {
    for (const windowBits of windows) {
      const small = deflater({ takeover: true, windowBits }, writer);
      const large = inflater(undefined, windowBits, true, reader);
      for (const message of messages) {
        const packed = (await deflated(small, message))!;
        const back = await new Promise((resolve) => {
          large.inflate(packed, resolve);
        });
        expect(Buffer.compare(back as Uint8Array, message)).toBe(0);
      }
      small.close();
      large.close();
    }
  }
});

test("what is cut off is invalid, wherever it is cut", async () => {
  const whole = (await deflated(deflater(), Buffer.concat([text(300), noise(300)])))!;
  for (let end = 0; end < whole.length; end++)
    expect(await inflated(inflater(), whole.subarray(0, end)), `${end} of ${whole.length}`).toBe(
      "invalid",
    );
  const long = (await deflated(deflater(), noise(200_000)))!;
  expect(await inflated(inflater(), long.subarray(0, long.length - 1))).toBe("invalid");
});

test("messages up to 16 KiB are done at once, if they do not inflate to more than 128 KiB; longer ones are not", async () => {
  const at = (size: number): boolean =>
    atOnce((done) => {
      deflater().deflate(text(size), done);
    }) !== undefined;
  expect([at(1), at(16_384), at(16_385)]).toEqual([true, true, false]);
  const small = (await deflated(deflater(), text(131_072)))!;
  const large = (await deflated(deflater(), text(131_073)))!;
  const now = (data: Uint8Array): boolean =>
    atOnce((done) => {
      inflater().inflate(data, done);
    }) !== undefined;
  expect([
    now(small),
    now(large),
    now((await deflated(deflater(), noise(100_000)))!.subarray(0, 16_385)),
  ]).toEqual([true, false, false]);
});

test("a bomb that is too big is stopped early: it never holds more than the limit and a chunk", async () => {
  const bomb = zlib.deflateRawSync(Buffer.alloc(400_000_000), {
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
  });
  for (const [takeover, by] of [
    [false, compression],
    [true, compression],
    [true, streaming],
  ] as const) {
    const before = process.memoryUsage.rss();
    const started = process.cpuUsage();
    expect(
      await inflated(inflater(1_000_000, 15, takeover, by), bomb.subarray(0, bomb.length - 4)),
    ).toBe("too-big");
    const { user, system } = process.cpuUsage(started);
    expect(process.memoryUsage.rss() - before).toBeLessThan(40_000_000);
    expect(user + system).toBeLessThan(400_000); // the whole of it takes over a second
  }
});

test("a limit beyond what a runtime's buffers hold is no reason to fail", async () => {
  const by = inflater(Number.MAX_SAFE_INTEGER);
  expect(await inflated(by, (await deflated(deflater(), text(10)))!)).toBe(10);
  expect(await inflated(by, (await deflated(deflater(), text(200_000)))!)).toBe(200_000);
});

test("with takeover a message refers to those before it, without it stands alone", async () => {
  const sizesOf = async (by: Deflater): Promise<number[]> => [
    (await deflated(by, noise(2000)))!.length,
    (await deflated(by, noise(2000)))!.length,
  ];
  const [alone, again] = await sizesOf(deflater());
  expect(again).toBe(alone);
  for (const by of [compression, streaming]) {
    const [first, second] = await sizesOf(deflater({ takeover: true }, by));
    expect(second).toBeLessThan(first! / 10);
  }
});

test("level and memory level are zlib's", async () => {
  const size = async (parameters: Partial<DeflateParameters>): Promise<number> =>
    (await deflated(deflater(parameters), text(5000)))!.length;
  expect(await size({ level: 0 })).toBeGreaterThan(5000);
  expect(await size({ level: 9, memLevel: 9 })).toBeLessThan(await size({ level: 1, memLevel: 1 }));
});

test("a window of 8 bits is deflated by one of 9, since zlib has none, and looks back no more than 8 bits reach", async () => {
  const options: number[] = [];
  const spied: Zlib = {
    ...zlib,
    deflateRawSync: (data, given) => {
      options.push(given.windowBits);
      return zlib.deflateRawSync(data, given);
    },
  };
  const by = createZlibCompression(spied).createDeflater({
    windowBits: 8,
    takeover: false,
    level: undefined,
    memLevel: undefined,
  });
  const unit = noise(257);
  const data = Buffer.concat(Array.from({ length: 20 }, () => unit));
  const packed = (await deflated(by, data))!;
  expect(options).toEqual([9]);
  expect(await inflated(inflater(1e6, 8), packed)).toBe(data.length);
});

describe("a short message is deflated with no more window than it needs", () => {
  const spied = (
    parameters: Partial<DeflateParameters> = {},
  ): { by: Deflater; seen: unknown[] } => {
    const seen: unknown[] = [];
    const spy: Zlib = {
      ...zlib,
      deflateRawSync: (data, given) => {
        seen.push(given.windowBits, given.memLevel);
        return zlib.deflateRawSync(data, given);
      },
    };
    return { by: deflater(parameters, createZlibCompression(spy)), seen };
  };
  const sizes: [size: number, bits: number, memLevel: number | undefined][] = [
    [0, 9, 3],
    [250, 9, 3],
    [251, 10, 4],
    [1024, 11, 5],
    [7930, 13, 7],
    [7931, 15, undefined],
    [16_000, 15, undefined],
  ];
  test.each(sizes)("%i bytes: %i bits, and compresses as well", async (size, bits, memLevel) => {
    const { by, seen } = spied();
    for (const data of [text(size), noise(size)]) {
      const packed = (await deflated(by, data))!;
      const largest =
        zlib.deflateRawSync(data, { finishFlush: zlib.constants.Z_SYNC_FLUSH }).length - 4;
      expect(packed.length).toBeLessThanOrEqual(Math.ceil(largest * 1.01));
      expect(await inflated(inflater(), packed)).toBe(size);
    }
    expect(seen).toEqual([bits, memLevel, bits, memLevel]);
  });

  test("but none that was not agreed on, and with the memory that was asked for", async () => {
    for (const [parameters, expected] of [
      [{ windowBits: 10 }, [10, undefined]],
      [{ windowBits: 12, memLevel: 9 }, [11, 9]],
    ] as const) {
      const { by, seen } = spied(parameters);
      await deflated(by, text(1024));
      expect(seen).toEqual(expected);
    }
  });

  test("what it may refer to counts", async () => {
    const { by, seen } = spied({ takeover: true });
    const first = noise(3000);
    const [, second] = [await deflated(by, first), (await deflated(by, first))!];
    expect(seen.filter((_, at) => at % 2 === 0).slice(-2)).toEqual([12, 13]);
    expect(second.length).toBeLessThan(100);
  });
});

test("where messages stand alone, equal parameters share one worker, which holds nothing", () => {
  const parameters = {
    windowBits: 15,
    takeover: false,
    level: undefined,
    memLevel: undefined,
    maxSize: 10,
  };
  expect(compression.createDeflater(parameters)).toBe(compression.createDeflater(parameters));
  expect(compression.createInflater(parameters)).toBe(compression.createInflater(parameters));
  expect([
    compression.createDeflater(parameters).close(),
    compression.createInflater(parameters).close(),
  ]).toEqual([undefined, undefined]);
  const remembering = { ...parameters, takeover: true };
  expect(compression.createDeflater(remembering)).not.toBe(compression.createDeflater(remembering));
});

describe("when zlib fails", () => {
  const failing = (): never => {
    throw new Error("no memory");
  };
  const later = (_: unknown, __: unknown, done: (error: Error, result: never) => void): void => {
    setImmediate(done, new Error("no memory"), undefined as never);
  };
  const broken = createZlibCompression({
    ...zlib,
    deflateRawSync: failing,
    inflateRawSync: failing,
    deflateRaw: later,
    inflateRaw: later,
  } as unknown as Zlib);
  const parameters = {
    windowBits: 15,
    takeover: false,
    level: undefined,
    memLevel: undefined,
    maxSize: 1e6,
  };

  test.each([10, 20_000])("a message of %i bytes", async (size) => {
    expect(await deflated(broken.createDeflater(parameters), text(size))).toBeUndefined();
    expect(await inflated(broken.createInflater(parameters), text(size))).toBe("invalid");
  });

  test("the next ones wait for nobody", async () => {
    const by = broken.createDeflater(parameters);
    const done = vi.fn();
    await Promise.all(Array.from({ length: 30 }, () => deflated(by, text(20_000)).then(done)));
    expect(done).toHaveBeenCalledTimes(30);
  });
});
