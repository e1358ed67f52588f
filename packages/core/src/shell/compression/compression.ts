import type {
  Compression,
  Deflater,
  DeflateParameters,
  Inflater,
  InflateParameters,
} from "../../extension/compression.ts";
import { Limiter } from "./limiter.ts";
import { FINAL_TAIL, TAIL, type Zlib, type ZlibOptions, withTail } from "./zlib.ts";
import { type DeflateWith, HistoryDeflater, HistoryInflater, type InflateWith } from "./history.ts";
import { StreamDeflater, StreamInflater } from "./streams.ts";

/**
 * Up to this size messages are compressed at once, on this thread: the way to zlib's threads and back costs more than zlib. Measured, in
 * CPU time: 28 µs against 65 for 1 KiB, and still less at 16 KiB; larger messages would hold up other connections.
 */
const SYNC_MAX = 16 * 1024;
/** The same for the inflated size. A bomb is small before and large after, so this limit bounds the time. */
const SYNC_OUTPUT_MAX = 128 * 1024;
/**
 * How far back messages refer under context takeover, in bytes. Measured on messages of 1 KiB of JSON, CPU time and size: none 45 µs and
 * 415 bytes, 4 KiB 42 and 293, all 32 KiB of the window 102 and 275; a zlib stream 72 and 275, for 250 KiB a connection.
 */
const REACH = 4096;
/** How many messages zlib's threads work on at once, in the whole process: as in `ws`. */
const CONCURRENCY = 10;
/** The largest `maxOutputLength` for zlib: runtimes refuse more than their longest buffer. */
const OUTPUT_MAX = 0x7fffffff;

/** More than incompressible data of {@link SYNC_MAX} grows by: zlib then allocates its output once, and not 16 KiB each time. */
const SLACK = 64;
/**
 * By how much zlib's window must be longer than the distance it looks back. zlib clears the whole window before each message, and a window no longer than a short message
 * needs compresses as well. Measured, CPU time: 1 KiB 24 µs, and not 29; 100 bytes 11, and not 16.
 */
const LOOKAHEAD = 262;
/** Up to this size messages are short: 13 bits of window do. */
const SHORT_MAX = 2 ** 13 - LOOKAHEAD;
/** The first size of memory for the inflated bytes of a short message. */
const INFLATED_CHUNK = 4096;

const limiter = new Limiter(CONCURRENCY);

/**
 * Makes a `Compression` of a `node:zlib`. Without context takeover a connection needs no memory of its own: connections with equal
 * parameters share one object.
 */
export function createZlibCompression(zlib: Zlib): Compression {
  const deflaters = new WeakMap<DeflateParameters, MessageDeflater>();
  const inflaters = new WeakMap<InflateParameters, MessageInflater>();
  let dictionaries: boolean | undefined;
  const takesDictionaries = (): boolean => (dictionaries ??= usesDictionaries(zlib));
  return {
    createDeflater(parameters) {
      if (parameters.takeover && !takesDictionaries())
        return new StreamDeflater(zlib, deflateOptions(parameters), limiter);
      const deflater = shared(deflaters, parameters, () => new MessageDeflater(zlib, parameters));
      return parameters.takeover
        ? new HistoryDeflater(deflater.deflateWith, Math.min(REACH, 2 ** parameters.windowBits))
        : deflater;
    },
    createInflater(parameters) {
      if (parameters.takeover && !takesDictionaries())
        return new StreamInflater(zlib, parameters, limiter);
      const inflater = shared(inflaters, parameters, () => new MessageInflater(zlib, parameters));
      return parameters.takeover
        ? new HistoryInflater(inflater.inflateWith, 2 ** parameters.windowBits)
        : inflater;
    },
  };
}

/** Whether zlib's option `dictionary` has an effect: Deno 2.9 accepts it and does nothing. */
function usesDictionaries(zlib: Zlib): boolean {
  const dictionary = Uint8Array.from({ length: 64 }, (_, at) => at * at);
  const options = { windowBits: 15 };
  const by = zlib.deflateRawSync(dictionary, { ...options, dictionary });
  return (
    by.length < dictionary.length &&
    attempt(() => zlib.inflateRawSync(by, { ...options, dictionary }))?.length === dictionary.length
  );
}

function shared<Parameters extends object, Worker>(
  made: WeakMap<Parameters, Worker>,
  parameters: Parameters,
  make: () => Worker,
): Worker {
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

/** Compresses each message by itself, or with a dictionary, and keeps nothing between messages. */
class MessageDeflater implements Deflater {
  private readonly zlib: Zlib;
  private readonly options: ZlibOptions;
  private readonly shortOptions: ZlibOptions[] = []; // by bits of window

  constructor(zlib: Zlib, parameters: DeflateParameters) {
    this.zlib = zlib;
    this.options = { ...deflateOptions(parameters), finishFlush: zlib.constants.Z_SYNC_FLUSH };
  }

  deflate(data: Uint8Array, done: (result: Uint8Array | undefined) => void): void {
    this.deflateWith(data, undefined, done);
  }

  readonly deflateWith: DeflateWith = (data, dictionary, done) => {
    const { zlib } = this;
    const fitting = this.optionsFor(data.length + (dictionary?.length ?? 0));
    const options = dictionary === undefined ? fitting : { ...fitting, dictionary };
    if (data.length <= SYNC_MAX)
      return done(
        attempt(() =>
          withoutTail(zlib.deflateRawSync(data, { ...options, chunkSize: data.length + SLACK })),
        ),
      );
    limiter.run((over) => {
      zlib.deflateRaw(data, options, (error, result) => {
        over();
        done(error ? undefined : withoutTail(result));
      });
    });
  };

  close(): void {}

  /** Options for a message that has `size` bytes with its dictionary: no larger window and symbol memory than it needs. */
  private optionsFor(size: number): ZlibOptions {
    const bits = Math.max(9, 32 - Math.clz32(size + LOOKAHEAD - 1));
    if (size > SHORT_MAX || bits >= this.options.windowBits!) return this.options;
    return (this.shortOptions[bits] ??= { memLevel: bits - 6, ...this.options, windowBits: bits });
  }
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
    this.quick = {
      windowBits,
      maxOutputLength: Math.min(this.maxSize, SYNC_OUTPUT_MAX),
      chunkSize: INFLATED_CHUNK,
    };
  }

  inflate(
    data: Uint8Array,
    done: (result: Uint8Array | "too-big" | "invalid", cause?: unknown) => void,
  ): void {
    this.inflateWith(data, undefined, done);
  }

  readonly inflateWith: InflateWith = (data, dictionary, done) => {
    const { zlib, quick, maxSize } = this;
    const more = dictionary === undefined ? undefined : { dictionary };
    const input = withTail(data, FINAL_TAIL); // so that zlib notices a message that was cut off
    if (data.length <= SYNC_MAX) {
      let result: Uint8Array | "too-big" | "invalid";
      let cause: unknown;
      try {
        result = zlib.inflateRawSync(input, { ...quick, ...more });
      } catch (error) {
        result = failureOf(error);
        cause = error;
      }
      if (result !== "too-big" || quick.maxOutputLength === maxSize) return done(result, cause);
    }
    limiter.run((over) => {
      zlib.inflateRaw(input, { ...this.options, ...more }, (error, result) => {
        over();
        if (error) done(failureOf(error), error);
        else done(result);
      });
    });
  };

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

const withoutTail = (result: Uint8Array): Uint8Array =>
  result.subarray(0, result.length - TAIL.length);
