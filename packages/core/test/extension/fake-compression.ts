import type {
  Compression,
  Deflater,
  DeflateParameters,
  Inflater,
  InflateParameters,
} from "../../src/extension/compression.ts";
import { joinBytes } from "../../src/testing/recorder.ts";

const MARK = Uint8Array.of(0x7a);

/** Compression for tests: the last half of the bytes is left out, which is what shows that it was done. Inflating doubles. */
export class FakeCompression implements Compression {
  readonly deflaters: DeflateParameters[] = [];
  readonly inflaters: InflateParameters[] = [];
  /** How many are open. */
  open = 0;
  /** The outcome of the next operations, in place of the usual one. */
  next: "too-big" | "invalid" | "failed" | "larger" | undefined = undefined;
  /** Operations that wait, where they are not done at once. */
  readonly later: (() => void)[] = [];
  slow = false;

  createDeflater(parameters: DeflateParameters): Deflater {
    this.deflaters.push(parameters);
    this.open++;
    return {
      deflate: (data, done) => {
        const result =
          this.next === "failed"
            ? undefined
            : this.next === "larger"
              ? joinBytes([data, MARK])
              : data.slice(0, data.length >> 1);
        this.run(() => {
          done(result);
        });
      },
      close: () => {
        this.open--;
      },
    };
  }

  createInflater(parameters: InflateParameters): Inflater {
    this.inflaters.push(parameters);
    this.open++;
    return {
      inflate: (data, done) => {
        const result =
          this.next === "too-big" || this.next === "invalid" ? this.next : joinBytes([data, data]);
        this.run(() => {
          done(result);
        });
      },
      close: () => {
        this.open--;
      },
    };
  }

  private run(work: () => void): void {
    if (this.slow) this.later.push(work);
    else work();
  }
}
