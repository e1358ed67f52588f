import type { Compression, Deflater, DeflateParameters, Inflater, InflateParameters } from "../extension/compression.ts";
import { Limiter } from "./limiter.ts";
import { TAIL, type Zlib, type ZlibOptions } from "./zlib.ts";
import { StreamDeflater, StreamInflater } from "./zlib-streams.ts";

/**
 * Up to this size messages are compressed at once, on this thread: the way to zlib's threads and back costs more than zlib. Measured, in
 * CPU time: 28 µs against 65 for 1 KiB, and still less at 16 KiB; beyond, a message would hold up everyone else's.
 */
const SYNC_MAX = 16 * 1024;
/** The same for what a message inflates to. A bomb is small before and large after, so it is this that bounds the time. */
const SYNC_OUTPUT_MAX = 128 * 1024;
/** How many messages zlib's threads work on at once, in the whole process: as in `ws`. */
const CONCURRENCY = 10;

const limiter = new Limiter(CONCURRENCY);

/** DEFLATE by a `node:zlib`. */
export function createZlibCompression(zlib: Zlib): Compression {
  return {
    createDeflater: (parameters) =>
      parameters.takeover ? new StreamDeflater(zlib, deflateOptions(parameters), limiter) : new MessageDeflater(zlib, parameters),
    createInflater: (parameters) => parameters.takeover ? new StreamInflater(zlib, parameters, limiter) : new MessageInflater(zlib, parameters),
  };
}

function deflateOptions({ windowBits, level, memLevel }: DeflateParameters): ZlibOptions {
  return {
    // zlib has no window of 8 bits for raw output. One of 9 looks back 250 bytes at most, which 8 bits reach.
    windowBits: Math.max(windowBits, 9),
    ...(level === undefined ? {} : { level }),
    ...(memLevel === undefined ? {} : { memLevel }),
  };
}

/** Each message by itself: nothing is held between them. */
class MessageDeflater implements Deflater {
  private readonly zlib: Zlib;
  private readonly options: ZlibOptions;

  constructor(zlib: Zlib, parameters: DeflateParameters) {
    this.zlib = zlib;
    this.options = { ...deflateOptions(parameters), finishFlush: zlib.constants.Z_SYNC_FLUSH };
  }

  deflate(data: Uint8Array, done: (result: Uint8Array | undefined) => void): void {
    const { zlib, options } = this;
    if (data.length <= SYNC_MAX) return done(attempt(() => withoutTail(zlib.deflateRawSync(data, options))));
    limiter.run((over) => {
      zlib.deflateRaw(data, options, (error, result) => {
        over();
        done(error ? undefined : withoutTail(result));
      });
    });
  }

  close(): void {}
}

class MessageInflater implements Inflater {
  private readonly zlib: Zlib;
  private readonly options: ZlibOptions;
  private readonly maxSize: number;

  constructor(zlib: Zlib, { windowBits, maxSize }: InflateParameters) {
    this.zlib = zlib;
    this.options = { windowBits, finishFlush: zlib.constants.Z_SYNC_FLUSH };
    this.maxSize = maxSize;
  }

  inflate(data: Uint8Array, done: (result: Uint8Array | "too-big" | "invalid") => void): void {
    const { zlib, options, maxSize } = this, input = withTail(data);
    if (data.length <= SYNC_MAX) {
      const most = Math.min(maxSize, SYNC_OUTPUT_MAX), result = inflateNow(zlib, input, { ...options, maxOutputLength: most });
      if (result !== "too-big" || most === maxSize) return done(result);
    }
    limiter.run((over) => {
      zlib.inflateRaw(input, { ...options, maxOutputLength: maxSize }, (error, result) => {
        over();
        done(error ? failureOf(error) : result);
      });
    });
  }

  close(): void {}
}

function inflateNow(zlib: Zlib, input: Uint8Array, options: ZlibOptions): Uint8Array | "too-big" | "invalid" {
  try {
    return zlib.inflateRawSync(input, options);
  } catch (error) {
    return failureOf(error);
  }
}

const failureOf = (error: unknown): "too-big" | "invalid" =>
  (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE" ? "too-big" : "invalid";

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const withoutTail = (result: Uint8Array): Uint8Array => result.subarray(0, result.length - TAIL.length);

function withTail(data: Uint8Array): Uint8Array {
  const input = new Uint8Array(data.length + TAIL.length);
  input.set(data);
  input.set(TAIL, data.length);
  return input;
}
