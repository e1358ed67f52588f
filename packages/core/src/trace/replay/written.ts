import type { TraceBytes } from "../format.ts";
import { bytesValue, fromHex, sameValue } from "../values.ts";

/**
 * Compares the recorded output with the replayed, as one stream: the number of writes of a batch depends on
 * other connections of the process.
 */
export class Written {
  private expected: TraceBytes[] = [];
  private actual: number[] = [];

  expect(bytes: TraceBytes): void {
    this.expected.push(bytes);
  }

  write(bytes: Uint8Array): void {
    for (const octet of bytes) this.actual.push(octet);
  }

  /** Compares as far as both have come. Returns the first pair that differs. */
  compare(): { readonly expected: TraceBytes; readonly actual: TraceBytes } | undefined {
    for (let next = this.expected[0]; next !== undefined; next = this.expected[0]) {
      const size = next.size ?? next.hex.length / 2;
      if (this.actual.length < size) return undefined;
      const actual = bytesValue(Uint8Array.from(this.actual.splice(0, size)));
      if (!sameValue(next, actual)) return { expected: next, actual };
      this.expected.shift();
    }
    return undefined;
  }

  /** Returns the rest at the end of a step, where both should be even. */
  rest(): { readonly expected: TraceBytes; readonly actual: TraceBytes } | undefined {
    const different = this.compare();
    if (different !== undefined || (this.expected.length === 0 && this.actual.length === 0))
      return different;
    const expected = this.expected.map(({ hex }) => hex).join("");
    return {
      expected: bytesValue(fromHex(expected)),
      actual: bytesValue(Uint8Array.from(this.actual)),
    };
  }
}
