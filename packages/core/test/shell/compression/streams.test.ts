import { EventEmitter } from "node:events";
import zlib from "node:zlib";
import { describe, expect, test } from "vitest";
import { Limiter } from "../../../src/shell/compression/limiter.ts";
import { TAIL, type Zlib, type ZlibStream } from "../../../src/shell/compression/zlib.ts";
import { StreamDeflater, StreamInflater } from "../../../src/shell/compression/streams.ts";

/** A zlib whose streams are counted. */
function counted(): { zlib: Zlib; open: () => number; made: () => number } {
  let open = 0;
  let made = 0;
  const count = (stream: ZlibStream): ZlibStream => {
    made++;
    open++;
    const close = stream.close.bind(stream);
    stream.close = () => {
      open--;
      close();
    };
    return stream;
  };
  return {
    zlib: {
      ...zlib,
      createDeflateRaw: (options) => count(zlib.createDeflateRaw(options)),
      createInflateRaw: (options) => count(zlib.createInflateRaw(options)),
    },
    open: () => open,
    made: () => made,
  };
}

const pack = (data: string): Uint8Array =>
  zlib.deflateRawSync(data, { finishFlush: zlib.constants.Z_SYNC_FLUSH }).subarray(0, -4);
const inflated = (by: StreamInflater, data: Uint8Array): Promise<string> =>
  new Promise((resolve) => {
    by.inflate(data, (result) => {
      resolve(typeof result === "string" ? result : Buffer.from(result).toString());
    });
  });
const deflated = (by: StreamDeflater, data: string): Promise<Uint8Array | undefined> =>
  new Promise((resolve) => {
    by.deflate(Buffer.from(data), resolve);
  });
const inflaterOf = (by: Zlib, maxSize = 1000, limiter = new Limiter(1)): StreamInflater =>
  new StreamInflater(by, { windowBits: 15, takeover: true, maxSize }, limiter);

describe("the inflater", () => {
  test("has no stream before the first message and none after close, which may come without any", async () => {
    const count = counted();
    const by = inflaterOf(count.zlib);
    by.close();
    expect(count.made()).toBe(0);
    expect(await inflated(by, pack("one"))).toBe("one");
    expect(count.open()).toBe(1);
    by.close();
    expect([count.open(), count.made()]).toEqual([0, 1]);
  });

  test("keeps its window from message to message", async () => {
    const deflater = new StreamDeflater(zlib, { windowBits: 15 }, new Limiter(1));
    const by = inflaterOf(zlib);
    for (let at = 0; at < 5; at++)
      expect(await inflated(by, (await deflated(deflater, "again and again"))!)).toBe(
        "again and again",
      );
    expect((await deflated(deflater, "again and again"))!.length).toBeLessThan(8);
    deflater.close();
    by.close();
  });

  test("after a final block it begins anew, whether a byte follows it or not", async () => {
    const count = counted();
    const by = inflaterOf(count.zlib);
    const final = zlib.deflateRawSync("final");
    for (const message of [final, Buffer.concat([final, Buffer.of(0)]), pack("plain"), final]) {
      expect(await inflated(by, message)).toMatch(/^(?:final|plain)$/);
    }
    expect(count.made()).toBe(3);
    by.close();
    expect(count.open()).toBe(0);
  });

  test("stops at the limit, and holds no stream then", async () => {
    const count = counted();
    const by = inflaterOf(count.zlib, 10);
    expect(await inflated(by, pack("0123456789"))).toBe("0123456789");
    expect(await inflated(by, pack("0".repeat(1_000_000)))).toBe("too-big");
    expect(count.open()).toBe(0);
    by.close();
    expect(count.open()).toBe(0);
  });

  test("what is invalid closes the stream, once", async () => {
    const count = counted();
    const by = inflaterOf(count.zlib);
    expect(await inflated(by, Uint8Array.of(7, 255))).toBe("invalid");
    expect([count.open(), count.made()]).toEqual([0, 1]);
  });
});

describe("the deflater", () => {
  test("holds one stream until it is closed", async () => {
    const count = counted();
    const by = new StreamDeflater(count.zlib, { windowBits: 15 }, new Limiter(1));
    const packed = (await deflated(by, "text"))!;
    expect(
      zlib
        .inflateRawSync(Buffer.concat([packed, TAIL]), { finishFlush: zlib.constants.Z_SYNC_FLUSH })
        .toString(),
    ).toBe("text");
    expect(count.open()).toBe(1);
    by.close();
    expect(count.open()).toBe(0);
  });

  test("tells when zlib fails", async () => {
    const stream = Object.assign(new EventEmitter(), {
      destroyed: false,
      write: (_: Uint8Array, callback: () => void) => {
        stream.destroyed = true;
        callback(); // as in Deno
        stream.emit("error", new Error("no memory"));
      },
      close: () => {},
    });
    const limiter = new Limiter(1);
    const by = new StreamDeflater(
      { ...zlib, createDeflateRaw: () => stream } as unknown as Zlib,
      { windowBits: 15 },
      limiter,
    );
    expect(await deflated(by, "text")).toBeUndefined();
    stream.emit("error", new Error("again")); // nobody waits
    expect(
      await new Promise((resolve) => {
        limiter.run((over) => {
          over();
          resolve("the place is free");
        });
      }),
    ).toBe("the place is free");
  });
});
