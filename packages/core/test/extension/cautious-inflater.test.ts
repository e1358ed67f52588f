/** A peer that agreed to forget each message may keep its window all the same: we read it, at a bounded cost. */
import zlib from "node:zlib";
import { describe, expect, test } from "vitest";
import { CautiousInflater } from "../../src/extension/cautious-inflater.ts";
import type { Compression, InflateParameters } from "../../src/extension/compression.ts";
import { createZlibCompression } from "../../src/shell/compression/compression.ts";

const MAX = 100_000;
const parameters = { windowBits: 15, takeover: false, maxSize: MAX };

/** Counts the inflaters that are open. */
class Counted implements Compression {
  open = 0;
  readonly made: InflateParameters[] = [];
  private readonly inner = createZlibCompression(zlib);

  createDeflater(given: Parameters<Compression["createDeflater"]>[0]) {
    return this.inner.createDeflater(given);
  }

  createInflater(given: InflateParameters) {
    const inflater = this.inner.createInflater(given);
    this.open++;
    this.made.push(given);
    return {
      inflate: inflater.inflate.bind(inflater),
      close: () => {
        this.open--;
        inflater.close();
      },
    };
  }
}

const line = (at: number): Buffer =>
  Buffer.from(`{"id":${at},"name":"somebody's name","text":"the same in every message"}`);
/** The same each time, and not to be compressed. */
function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0, state = 7; at < size; at++)
    bytes[at] = (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0) >>> 24;
  return bytes;
}

/** Compresses as a peer does that keeps its window, or forgets each message. */
async function compress(messages: readonly Buffer[], takeover: boolean): Promise<Uint8Array[]> {
  const by = createZlibCompression(zlib).createDeflater({
    windowBits: 15,
    takeover,
    level: undefined,
    memLevel: undefined,
  });
  const all: Uint8Array[] = [];
  for (const message of messages)
    all.push(
      await new Promise<Uint8Array>((resolve) => {
        by.deflate(message, (result) => {
          resolve(Uint8Array.from(result!));
        });
      }),
    );
  by.close();
  return all;
}

const inflate = (by: CautiousInflater, data: Uint8Array): Promise<Uint8Array | string> =>
  new Promise((resolve) => {
    by.inflate(data, resolve);
  });

async function read(messages: readonly Buffer[], takeover: boolean, compression = new Counted()) {
  const inflater = new CautiousInflater(compression, parameters);
  for (const [at, data] of (await compress(messages, takeover)).entries()) {
    const result = await inflate(inflater, data);
    expect(typeof result === "string" ? result : Buffer.from(result).equals(messages[at]!)).toBe(
      true,
    );
  }
  return { inflater, compression };
}

describe("a peer that keeps its window", () => {
  const rows: [name: string, messages: readonly Buffer[]][] = [
    ["equal messages", Array.from({ length: 30 }, () => line(1))],
    ["messages that are alike", Array.from({ length: 30 }, (_, at) => line(at))],
    [
      "what does not shrink, often, and then text",
      [...Array.from({ length: 20 }, () => noise(900)), line(1), line(2), line(3)],
    ],
    [
      "more than the window holds",
      Array.from({ length: 12 }, (_, at) => Buffer.concat([noise(20_000), line(at), noise(9000)])),
    ],
    ["nothing, between", [line(1), Buffer.alloc(0), line(2)]],
    [
      "as much as is allowed",
      [
        line(0),
        noise(40_000),
        Buffer.concat([line(0), noise(40_000), Buffer.alloc(MAX - 40_000 - line(0).length, 65)]),
      ],
    ],
  ];
  test.each(rows)("%s", async (_, messages) => {
    const { compression, inflater } = await read(messages, true);
    inflater.close();
    expect(compression.open).toBe(0);
  });
});

test("a peer that forgets is believed after eight messages, and nothing is kept for it", async () => {
  const { inflater, compression } = await read(
    Array.from({ length: 8 }, (_, at) => line(at)),
    false,
  );
  expect(compression.made).toEqual([parameters]);
  expect(Reflect.get(inflater, "recent")).toBeUndefined();
});

test("what is remembered never exceeds the window", async () => {
  const { inflater } = await read([noise(60_000), noise(50_000), noise(31_000)], true);
  expect((Reflect.get(inflater, "recent") as Uint8Array).buffer.byteLength).toBe(32_768);
});

test("what cannot be inflated either way is invalid, and no inflater stays open", async () => {
  const { inflater, compression } = await read([line(1)], true);
  expect(await inflate(inflater, Uint8Array.of(0xff, 0xff, 0xff))).toBe("invalid");
  expect(compression.open).toBe(1);
});

test("a message of more than is allowed is too big, alone and behind others", async () => {
  const big = Buffer.concat([line(1), Buffer.alloc(MAX, 65)]);
  const [first, second, third] = await compress([line(1), line(2), big], true);
  const inflater = new CautiousInflater(new Counted(), parameters);
  await inflate(inflater, first!);
  await inflate(inflater, second!);
  expect(await inflate(inflater, third!)).toBe("too-big");
  const [alone] = await compress([big], false);
  expect(await inflate(new CautiousInflater(new Counted(), parameters), alone!)).toBe("too-big");
});
