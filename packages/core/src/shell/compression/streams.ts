import type { Deflater, Inflater, InflateParameters } from "../../extension/compression.ts";
import type { Limiter } from "./limiter.ts";
import { TAIL, type Zlib, type ZlibOptions, type ZlibStream, withTail } from "./zlib.ts";

/** Compresses with a window that lives from message to message, on zlib's threads. */
export class StreamDeflater implements Deflater {
  private readonly stream: ZlibStream;
  private readonly limiter: Limiter;
  private readonly output = new Gatherer(Infinity);
  private settle: ((result: Uint8Array | undefined) => void) | undefined = undefined;

  constructor(zlib: Zlib, options: ZlibOptions, limiter: Limiter) {
    this.limiter = limiter;
    // The write itself flushes: one way to zlib's threads and back, not two.
    this.stream = zlib.createDeflateRaw({ ...options, flush: zlib.constants.Z_SYNC_FLUSH });
    this.stream.on("data", (chunk) => {
      this.output.add(chunk);
    });
    this.stream.on("error", () => {
      this.settle?.(undefined);
    });
  }

  deflate(data: Uint8Array, done: (result: Uint8Array | undefined) => void): void {
    if (data.length === 0) return done(Uint8Array.of(0)); // RFC 7692 §7.2.3.6; zlib would not flush twice with nothing between
    this.limiter.run((over) => {
      this.settle = (result) => {
        this.settle = undefined;
        over();
        done(result);
      };
      this.stream.write(data, () => {
        if (this.stream.destroyed) return; // Deno calls back also when it fails
        const result = this.output.take();
        this.settle?.(result.subarray(0, result.length - TAIL.length));
      });
    });
  }

  close(): void {
    this.stream.close();
  }
}

type Inflated = Uint8Array | "too-big" | "invalid";

/** Decompresses with a window that lives from message to message, and stops at the limit. */
export class StreamInflater implements Inflater {
  private readonly zlib: Zlib;
  private readonly windowBits: number;
  private readonly limiter: Limiter;
  private readonly output: Gatherer;
  private stream: ZlibStream | undefined = undefined;
  private settle: ((result: Inflated, cause?: unknown) => void) | undefined = undefined;

  constructor(zlib: Zlib, { windowBits, maxSize }: InflateParameters, limiter: Limiter) {
    this.zlib = zlib;
    this.windowBits = windowBits;
    this.limiter = limiter;
    this.output = new Gatherer(maxSize);
  }

  inflate(data: Uint8Array, done: (result: Inflated, cause?: unknown) => void): void {
    if (data.length === 0) return done("invalid"); // zlib would wait for the rest, and take the next message for it
    this.limiter.run((over) => {
      this.settle = (result, cause) => {
        this.settle = undefined;
        over();
        done(result, cause);
      };
      const stream = (this.stream ??= this.open());
      const input = withTail(data, TAIL);
      const before = stream.bytesWritten;
      stream.write(input, () => {
        if (stream !== this.stream || stream.destroyed) return; // Deno calls back also when it fails
        // A final block ends the stream (RFC 7692 §7.2.3.4), which leaves the tail: the next message begins another.
        if (stream.bytesWritten - before < input.length) this.close();
        this.settle?.(this.output.take());
      });
    });
  }

  close(): void {
    this.stream?.close();
    this.stream = undefined;
  }

  private open(): ZlibStream {
    const stream = this.zlib.createInflateRaw({ windowBits: this.windowBits });
    stream.on("data", (chunk) => {
      if (stream === this.stream && !this.output.add(chunk)) this.fail("too-big");
    });
    stream.on("error", (error) => {
      if (stream === this.stream) this.fail("invalid", error);
    });
    return stream;
  }

  /** Drops the stream, so that it gives no more output. */
  private fail(reason: "too-big" | "invalid", cause?: unknown): void {
    this.close();
    this.output.take();
    this.settle?.(reason, cause);
  }
}

/** Collects chunks up to a limit. */
class Gatherer {
  private readonly most: number;
  private chunks: Uint8Array[] = [];
  private size = 0;

  constructor(most: number) {
    this.most = most;
  }

  /** Returns false when the limit is passed. */
  add(chunk: Uint8Array): boolean {
    this.chunks.push(chunk);
    this.size += chunk.length;
    return this.size <= this.most;
  }

  take(): Uint8Array {
    const { chunks, size } = this;
    this.chunks = [];
    this.size = 0;
    if (chunks.length === 1) return chunks[0]!;
    const joined = new Uint8Array(size);
    let at = 0;
    for (const chunk of chunks) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    return joined;
  }
}
