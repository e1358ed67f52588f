import { expect, test } from "vitest";
import type { DuplexLike } from "../../../src/shell/transport/duplex.ts";
import { isBackedUp, SLICE, Slices } from "../../../src/shell/transport/slices.ts";

/** A stream that keeps what it is given, and says so. */
function stream(): DuplexLike & { writes: [number, boolean][]; corks: number; leave(): void } {
  const none = (): void => {};
  return {
    destroyed: false,
    readable: true,
    writable: true,
    writableLength: 0,
    get writableNeedDrain() {
      return this.writableLength > 10;
    },
    writes: [] as [number, boolean][],
    corks: 0,
    write(bytes: Uint8Array, sent?: unknown) {
      this.writes.push([bytes.length, sent !== undefined]);
      (this as { writableLength: number }).writableLength += bytes.length;
      return !this.writableNeedDrain;
    },
    leave() {
      (this as { writableLength: number }).writableLength = 0;
    },
    cork() {
      this.corks++;
    },
    uncork() {
      this.corks--;
    },
    end: none,
    destroy: none,
    pause: none,
    resume: none,
    on: none,
    removeListener: none,
  };
}

test("a large piece is given in slices, each when the one before has left; who asks is told of the last", () => {
  const wire = stream();
  const slices = new Slices();
  slices.push(new Uint8Array(2 * SLICE + 1), () => {});
  expect(slices.feed(wire)).toBe(false);
  expect([wire.writes, slices.size]).toEqual([[[SLICE, false]], SLICE + 1]);
  expect(slices.feed(wire)).toBe(false);
  wire.leave();
  expect(slices.feed(wire)).toBe(false);
  wire.leave();
  expect(slices.feed(wire)).toBe(true);
  expect(wire.writes.slice(1)).toEqual([
    [SLICE, false],
    [1, true],
  ]);
  expect([slices.size, wire.corks]).toEqual([0, 0]);
});

test("small pieces make one slice together, and none is cut that fits", () => {
  const wire = stream();
  const slices = new Slices();
  const sent = (): void => {};
  for (let i = 0; i < 3; i++) slices.push(new Uint8Array(SLICE / 2), sent);
  slices.feed(wire);
  expect(wire.writes).toEqual([
    [SLICE / 2, true],
    [SLICE / 2, true],
  ]);
});

test("a stream that takes all at once is given all", () => {
  const wire = stream();
  const taking: DuplexLike = Object.assign(wire, {
    write(bytes: Uint8Array) {
      wire.writes.push([bytes.length, false]);
      return true;
    },
  });
  const slices = new Slices();
  slices.push(new Uint8Array(3 * SLICE), undefined);
  expect(slices.feed(taking)).toBe(true);
  expect(wire.writes).toHaveLength(3);
});

test("a stream that can be written no more gets nothing, and who asks is told", () => {
  const wire = Object.assign(stream(), { writable: false });
  const slices = new Slices();
  const told: unknown[] = [];
  slices.push(new Uint8Array(5), (error) => told.push(error?.message));
  slices.push(new Uint8Array(5), undefined);
  expect(slices.feed(wire)).toBe(false);
  slices.fail(new Error("gone"));
  expect([told, slices.size, wire.writes]).toEqual([["gone"], 0, []]);
});

test("backed up is what waits and has no room, not what has just left", () => {
  const wire = stream();
  expect(isBackedUp(wire)).toBe(false);
  wire.write(new Uint8Array(11));
  expect(isBackedUp(wire)).toBe(true);
  expect(isBackedUp({ ...stream(), writableLength: 0, writableNeedDrain: true })).toBe(false);
});
