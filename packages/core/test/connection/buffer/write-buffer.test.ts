import { describe, expect, test } from "vitest";
import { COPY_MAX, WriteBuffer } from "../../../src/connection/buffer/write-buffer.ts";
import { Slab } from "../../../src/connection/buffer/slab.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";
import { joinBytes, Recorder } from "../../../src/testing/recorder.ts";

const KIB = 1024;
const bytesOf = (size: number, value: number): Uint8Array => new Uint8Array(size).fill(value);

/** Remembers every write as it came, not copied, with what was in it then. */
class Writes extends Recorder {
  readonly pieces: { given: Uint8Array; then: Uint8Array }[] = [];
  readonly calls: string[] = [];

  override write(bytes: Uint8Array): void {
    this.calls.push(`write ${bytes.length}`);
    this.keep(bytes);
  }

  override mark(notice: unknown): void {
    this.calls.push(`mark ${String(notice)}`);
  }

  override writeMany(pieces: readonly Uint8Array[]): void {
    this.calls.push(`writeMany ${pieces.map((piece) => piece.length).join("+")}`);
    for (const piece of pieces) this.keep(piece);
  }

  private keep(given: Uint8Array): void {
    this.pieces.push({ given, then: given.slice() });
  }

  get sent(): Uint8Array {
    return joinBytes(this.pieces.map(({ then }) => then));
  }

  /** The number of written pieces whose bytes have changed since. */
  get touched(): number {
    return this.pieces.filter(({ given, then }) => Buffer.compare(given, then) !== 0).length;
  }
}

function made(slab = new Slab(createTestPlatform())): {
  slab: Slab;
  writes: Writes;
  outbox: WriteBuffer;
  put: (size: number, value: number) => void;
} {
  const writes = new Writes();
  const outbox = new WriteBuffer(slab, writes);
  const put = (size: number, value: number): void => {
    const at = outbox.reserve(size);
    outbox.bytes.fill(value, at, at + size);
  };
  return { slab, writes, outbox, put };
}

describe("one outbox", () => {
  test("nothing gathered, nothing written", () => {
    const { outbox, writes } = made();
    outbox.flush();
    expect(outbox.size).toBe(0);
    expect(writes.calls).toEqual([]);
  });

  test("small pieces are one run, and one write", () => {
    const { outbox, writes, put } = made();
    put(3, 1);
    outbox.append(bytesOf(2, 2), 0, 2);
    outbox.append(Uint8Array.of(9, 3, 9), 1, 2);
    outbox.append(bytesOf(100, 4), 0, 100);
    outbox.append(bytesOf(100, 5), 10, 90);
    outbox.append(bytesOf(5, 9), 2, 2);
    expect(outbox.size).toBe(186);
    outbox.flush();
    expect(writes.calls).toEqual(["write 186"]);
    expect(writes.sent).toEqual(
      joinBytes([bytesOf(3, 1), bytesOf(2, 2), bytesOf(1, 3), bytesOf(100, 4), bytesOf(80, 5)]),
    );
    expect(outbox.size).toBe(0);
    expect(outbox.bytes.length).toBe(0); // an idle connection holds no slab
  });

  test("the tail of a reservation is given back", () => {
    const { outbox, writes, put, slab } = made();
    const before = slab.used;
    put(10, 1);
    outbox.release(4);
    put(1, 2);
    expect(slab.used - before).toBe(7);
    outbox.flush();
    expect(writes.sent).toEqual(Uint8Array.of(1, 1, 1, 1, 1, 1, 2));
  });

  const thresholds: [size: number, kept: boolean][] = [
    [COPY_MAX, false],
    [COPY_MAX + 1, true],
  ];
  test.each(thresholds)("a payload of %d bytes is kept by reference: %s", (size, kept) => {
    const { outbox, writes } = made();
    const payload = bytesOf(size, 7);
    outbox.append(payload, 0, size);
    outbox.flush();
    expect(writes.pieces[0]!.given.buffer === payload.buffer).toBe(kept);
    expect(writes.calls).toEqual([`write ${size}`]);
  });

  test("a range of a large array is kept by reference too", () => {
    const { outbox, writes } = made();
    const payload = bytesOf(3 * COPY_MAX, 7);
    outbox.append(payload, 5, 5 + 2 * COPY_MAX);
    outbox.flush();
    expect(writes.pieces[0]!.given).toMatchObject({
      buffer: payload.buffer,
      byteOffset: 5,
      length: 2 * COPY_MAX,
    });
  });

  const joins: [total: number, calls: string[]][] = [
    [16 * KIB + 3, [`write ${16 * KIB + 3}`]],
    [16 * KIB + 4, [`writeMany 4+${16 * KIB}`]],
    [64 * KIB, [`writeMany 4+${64 * KIB - 4}`]],
    [64 * KIB + 1, [`writeMany 4+${64 * KIB - 3}`]],
  ];
  test.each(joins)("%d bytes in pieces", (total, calls) => {
    const { outbox, writes, put } = made();
    put(4, 1);
    outbox.attach(bytesOf(total - 4, 2));
    outbox.flush();
    expect(writes.calls).toEqual(calls);
    expect(Buffer.compare(writes.sent, joinBytes([bytesOf(4, 1), bytesOf(total - 4, 2)]))).toBe(0);
  });

  test("256 KiB are written early, while the sender is still in its loop", () => {
    const { outbox, writes, put } = made();
    for (let i = 0; i < 3; i++) {
      put(10, i);
      outbox.attach(bytesOf(100 * KIB, i));
    }
    expect(writes.calls).toEqual([`writeMany 10+${100 * KIB}+10+${100 * KIB}+10+${100 * KIB}`]);
    expect(outbox.size).toBe(0);
    put(1, 9);
    outbox.flush();
    expect(writes.calls.at(-1)).toBe("write 1");
  });

  test("so are 256 KiB of small frames, at the end of a slab", () => {
    const { outbox, writes, put } = made();
    for (let i = 0; i < 400; i++) put(KIB, i & 255);
    expect(writes.calls).toHaveLength(1);
    expect(writes.sent.length).toBeGreaterThanOrEqual(256 * KIB);
    outbox.flush();
    expect(
      Buffer.compare(
        writes.sent,
        joinBytes(Array.from({ length: 400 }, (_, i) => bytesOf(KIB, i & 255))),
      ),
    ).toBe(0);
    expect(writes.touched).toBe(0);
  });

  test("a reservation larger than a slab has memory of its own", () => {
    const { outbox, writes, put } = made();
    put(5, 1);
    put(100 * KIB, 2);
    put(5, 3);
    outbox.flush();
    expect(
      Buffer.compare(writes.sent, joinBytes([bytesOf(5, 1), bytesOf(100 * KIB, 2), bytesOf(5, 3)])),
    ).toBe(0);
  });

  test("a mark goes before the write that carries what was gathered; where that was written early, before an empty one", () => {
    const { outbox, writes, put } = made();
    put(5, 1);
    outbox.mark("a");
    put(5, 2);
    outbox.mark("b");
    outbox.flush();
    outbox.mark("c");
    outbox.flush();
    outbox.flush();
    expect(writes.calls).toEqual(["mark a", "mark b", "write 10", "mark c", "write 0"]);
  });

  test("what is discarded is not marked", () => {
    const { outbox, writes, put } = made();
    put(5, 1);
    outbox.mark("a");
    outbox.discard();
    outbox.flush();
    expect(writes.calls).toEqual([]);
  });

  test("what is discarded is never written", () => {
    const { outbox, writes, put } = made();
    put(5, 1);
    outbox.attach(bytesOf(5, 2));
    put(5, 3);
    outbox.discard();
    expect(outbox.size).toBe(0);
    outbox.flush();
    expect(writes.calls).toEqual([]);
  });
});

describe("several outboxes over one slab", () => {
  test("a run another one interrupts becomes a piece; each gets its own bytes in order", () => {
    const a = made();
    const b = made(a.slab);
    a.put(3, 1);
    b.put(3, 2);
    a.put(3, 3);
    a.put(3, 4);
    b.put(3, 5);
    expect([a.outbox.size, b.outbox.size]).toEqual([9, 6]);
    a.outbox.flush();
    b.outbox.flush();
    expect(a.writes.calls).toEqual(["write 9"]);
    expect(a.writes.sent).toEqual(joinBytes([bytesOf(3, 1), bytesOf(6, 3).fill(4, 3)]));
    expect(b.writes.sent).toEqual(joinBytes([bytesOf(3, 2), bytesOf(3, 5)]));
  });

  test("512 pieces are written early", () => {
    const a = made();
    const b = made(a.slab);
    for (let i = 0; i < 520; i++) {
      a.put(2, i & 255);
      b.put(2, 0);
    }
    expect(a.writes.calls).toEqual(["write 1024"]);
    a.outbox.flush();
    expect(a.writes.sent).toEqual(
      joinBytes(Array.from({ length: 520 }, (_, i) => bytesOf(2, i & 255))),
    );
  });

  // The early write of many small pieces joins them in the slab, which may then be short of what was asked for.
  test.each(Array.from({ length: 16 }, (_, i) => 4096 * i))(
    "an early write leaves room for what is reserved behind it: %d bytes used before",
    (before) => {
      const slab = new Slab(createTestPlatform());
      const a = made(slab);
      const b = made(slab);
      const expected: Uint8Array[] = [];
      slab.used = before;
      for (let i = 0; i < 1400; i++) {
        const size = i % 512 === 0 ? 3000 : 20;
        expected.push(bytesOf(size, i & 255));
        a.put(size, i & 255);
        b.put(1, 0xee);
      }
      a.outbox.flush();
      b.outbox.flush();
      expect(Buffer.compare(a.writes.sent, joinBytes(expected))).toBe(0);
      expect(a.writes.touched + b.writes.touched).toBe(0);
    },
  );

  test("bytes once written are never touched again, whatever comes after", () => {
    const slab = new Slab(createTestPlatform());
    const outboxes = Array.from({ length: 5 }, () => made(slab));
    let seed = 42;
    const next = (below: number): number =>
      (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) % below;
    const expected = outboxes.map((): Uint8Array[] => []);
    for (let i = 0; i < 20_000; i++) {
      const at = next(5);
      const { outbox, put } = outboxes[at]!;
      const value = next(256);
      const kind = next(40);
      if (kind === 0) outbox.flush();
      else if (kind === 1) {
        const payload = bytesOf(next(3 * COPY_MAX), value);
        outbox.append(payload, 0, payload.length);
        expected[at]!.push(payload);
      } else {
        const size = 1 + next(200);
        const back = next(size);
        put(size, value);
        outbox.release(back);
        expected[at]!.push(bytesOf(size - back, value));
      }
    }
    for (const [at, { outbox, writes }] of outboxes.entries()) {
      outbox.flush();
      expect(Buffer.compare(writes.sent, joinBytes(expected[at]!))).toBe(0);
      expect(writes.touched).toBe(0);
    }
  });
});
