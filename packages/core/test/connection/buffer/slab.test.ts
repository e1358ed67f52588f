import { expect, test } from "vitest";
import { Slab, shareSlab, slabOf } from "../../../src/connection/buffer/slab.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";

const SIZE = 64 * 1024;

const cases: [name: string, used: number, wanted: number, replaced: boolean, length: number][] = [
  ["room enough", 0, SIZE, false, SIZE],
  ["exactly enough", SIZE - 10, 10, false, SIZE],
  ["one byte short", SIZE - 10, 11, true, SIZE],
  ["more than a slab holds", 0, SIZE + 1, true, SIZE + 1],
];
test.each(cases)("%s", (_, used, wanted, replaced, length) => {
  const slab = new Slab(createTestPlatform());
  const before = slab.bytes;
  slab.used = used;
  slab.ensure(wanted);
  expect(slab.bytes !== before).toBe(replaced);
  expect(slab.used).toBe(replaced ? 0 : used);
  expect(slab.bytes.length).toBe(length);
});

test("one slab for all connections of a platform", () => {
  const platform = createTestPlatform();
  const other = createTestPlatform();
  expect(slabOf(platform)).toBe(slabOf(platform));
  expect(slabOf(other)).not.toBe(slabOf(platform));
  expect(slabOf(other).platform).toBe(other);
});

test("a platform that stands for one connection has the slab of its owner", () => {
  const owner = createTestPlatform();
  const one = createTestPlatform();
  shareSlab(one, owner);
  expect(slabOf(one)).toBe(slabOf(owner));
});
