import type { Deflater, Inflater } from "../../extension/compression.ts";

/** Compresses a message that may refer to `dictionary`. */
export type DeflateWith = (
  data: Uint8Array,
  dictionary: Uint8Array | undefined,
  done: (result: Uint8Array | undefined) => void,
) => void;
/** Decompresses a message that may refer to `dictionary`. */
export type InflateWith = (
  data: Uint8Array,
  dictionary: Uint8Array | undefined,
  done: (result: Uint8Array | "too-big" | "invalid", cause?: unknown) => void,
) => void;

/** Compresses with context takeover: keeps the last bytes, and passes them to zlib as a dictionary for each message. */
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

/** Decompresses with context takeover: keeps the whole window, since the peer may refer to any of it. */
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

/** The last bytes of a sequence, copied, since their owner may change them. */
export class History {
  private readonly most: number;
  private bytes = new Uint8Array(0);
  private end = 0;

  constructor(most: number) {
    this.most = most;
  }

  /** The kept bytes; `undefined` if there are none. Valid until the next {@link add}. */
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

  /** Moves the bytes to keep to the front. The memory is larger than they need, so that most messages move nothing. */
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
