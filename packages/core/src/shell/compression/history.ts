import type { Deflater, Inflater } from "../../extension/compression.ts";

/** Compresses a message that may refer to `dictionary`. */
export type DeflateWith = (
  data: Uint8Array,
  dictionary: Uint8Array | undefined,
  done: (result: Uint8Array | undefined) => void,
) => void;
/** Decompresses one that does. */
export type InflateWith = (
  data: Uint8Array,
  dictionary: Uint8Array | undefined,
  done: (result: Uint8Array | "too-big" | "invalid", cause?: unknown) => void,
) => void;

/** Context takeover by a dictionary: what was compressed last is kept, and zlib is told of it anew for each message. */
export class HistoryDeflater implements Deflater {
  private readonly run: DeflateWith;
  private readonly history: History;

  /** @param reach how far back messages refer, in bytes; no further than the window agreed on */
  constructor(run: DeflateWith, reach: number) {
    this.run = run;
    this.history = new History(reach);
  }

  deflate(data: Uint8Array, done: (result: Uint8Array | undefined) => void): void {
    this.run(data, this.history.recent, (result) => {
      if (result !== undefined) this.history.add(data);
      done(result);
    });
  }

  close(): void {}
}

/** The same of what was decompressed: here all of the window must be kept, since the peer may refer to any of it. */
export class HistoryInflater implements Inflater {
  private readonly run: InflateWith;
  private readonly history: History;

  constructor(run: InflateWith, windowSize: number) {
    this.run = run;
    this.history = new History(windowSize);
  }

  inflate(
    data: Uint8Array,
    done: (result: Uint8Array | "too-big" | "invalid", cause?: unknown) => void,
  ): void {
    this.run(data, this.history.recent, (result, cause) => {
      if (typeof result !== "string") this.history.add(result);
      done(result, cause);
    });
  }

  close(): void {}
}

/** The last bytes of a sequence, copied: whoever gave them may change them. */
export class History {
  private readonly most: number;
  private bytes = new Uint8Array(0);
  private end = 0;

  constructor(most: number) {
    this.most = most;
  }

  /** Up to as many as are kept; `undefined` where there are none. Good until the next {@link add}. */
  get recent(): Uint8Array | undefined {
    return this.end === 0
      ? undefined
      : this.bytes.subarray(Math.max(0, this.end - this.most), this.end);
  }

  add(data: Uint8Array): void {
    const added = data.length > this.most ? data.subarray(data.length - this.most) : data;
    if (this.end + added.length > this.bytes.length) this.makeRoom(added.length);
    this.bytes.set(added, this.end);
    this.end += added.length;
  }

  /** Moves what still counts to the front, of more memory than that needs: so most messages move nothing. */
  private makeRoom(size: number): void {
    const kept = this.bytes.subarray(Math.max(0, this.end - (this.most - size)), this.end);
    const wanted = Math.min(2 * (kept.length + size), this.most + (this.most >> 1));
    if (wanted > this.bytes.length) {
      const grown = new Uint8Array(wanted);
      grown.set(kept);
      this.bytes = grown;
    } else this.bytes.copyWithin(0, kept.byteOffset - this.bytes.byteOffset, this.end);
    this.end = kept.length;
  }
}
