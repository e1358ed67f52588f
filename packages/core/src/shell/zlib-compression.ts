import type { Compression, Deflater, DeflateParameters, Inflater, InflateParameters } from "../extension/compression.ts";
import { Limiter } from "./limiter.ts";
import { FINAL_TAIL, TAIL, type Zlib, type ZlibOptions, withTail } from "./zlib.ts";
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
/** The largest limit that zlib's output is given: runtimes refuse more than their longest buffer. */
const OUTPUT_MAX = 0x7fffffff;

/** What incompressible data of {@link SYNC_MAX} grows by, and more: room for output is asked for once, and not 16 KiB each time. */
const SLACK = 64;
/** Room for what a short message inflates to, at first. */
const INFLATED_CHUNK = 4096;

const limiter = new Limiter(CONCURRENCY);

/**
 * DEFLATE by a `node:zlib`. Where messages stand alone, compressing them needs no memory of a connection: those of equal
 * parameters share one object.
 */
export function createZlibCompression(zlib: Zlib): Compression {
  const deflaters = new WeakMap<DeflateParameters, Deflater>(), inflaters = new WeakMap<InflateParameters, Inflater>();
  return {
    createDeflater: (parameters) => parameters.takeover
      ? new StreamDeflater(zlib, deflateOptions(parameters), limiter)
      : shared(deflaters, parameters, () => new MessageDeflater(zlib, parameters)),
    createInflater: (parameters) => parameters.takeover
      ? new StreamInflater(zlib, parameters, limiter)
      : shared(inflaters, parameters, () => new MessageInflater(zlib, parameters)),
  };
}

function shared<Parameters extends object, Worker>(made: WeakMap<Parameters, Worker>, parameters: Parameters, make: () => Worker): Worker {
  let worker = made.get(parameters);
  if (worker === undefined) made.set(parameters, (worker = make()));
  return worker;
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
    if (data.length <= SYNC_MAX) return done(attempt(() => withoutTail(zlib.deflateRawSync(data, { ...options, chunkSize: data.length + SLACK }))));
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
  private readonly quick: ZlibOptions;
  private readonly maxSize: number;

  constructor(zlib: Zlib, { windowBits, maxSize }: InflateParameters) {
    this.zlib = zlib;
    this.maxSize = Math.min(maxSize, OUTPUT_MAX);
    this.options = { windowBits, maxOutputLength: this.maxSize };
    this.quick = { windowBits, maxOutputLength: Math.min(this.maxSize, SYNC_OUTPUT_MAX), chunkSize: INFLATED_CHUNK };
  }

  inflate(data: Uint8Array, done: (result: Uint8Array | "too-big" | "invalid", cause?: unknown) => void): void {
    const { zlib, options, quick, maxSize } = this, input = withTail(data, FINAL_TAIL); // what is cut off before its end is found to be
    if (data.length <= SYNC_MAX) {
      let result: Uint8Array | "too-big" | "invalid", cause: unknown;
      try {
        result = zlib.inflateRawSync(input, quick);
      } catch (error) {
        result = failureOf(error);
        cause = error;
      }
      if (result !== "too-big" || quick.maxOutputLength === maxSize) return done(result, cause);
    }
    limiter.run((over) => {
      zlib.inflateRaw(input, options, (error, result) => {
        over();
        if (error) done(failureOf(error), error);
        else done(result);
      });
    });
  }

  close(): void {}
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
