import { describe, expect, test } from "vitest";
import { MessageParts } from "../../../src/connection/receive/message-parts.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";
import { joinBytes } from "../../../src/testing/recorder.ts";

const KIB = 1024;

/** An assembly, and how much memory it asked for. */
function made(ownsChunks: boolean): { assembly: MessageParts; allocated: () => number } {
  const platform = createTestPlatform();
  const { allocate } = platform;
  let total = 0;
  platform.allocate = (size) => {
    total += size;
    return allocate(size);
  };
  return { assembly: new MessageParts(platform, ownsChunks), allocated: () => total };
}
const chunk = (size: number, value = 1): Uint8Array => new Uint8Array(size).fill(value);
const addAll = (assembly: MessageParts, pieces: readonly Uint8Array[]): void => {
  for (const piece of pieces) assembly.add(piece, 0, piece.length, Infinity);
};

const cases: [name: string, owns: boolean, sizes: number[], parts: number[]][] = [
  ["nothing", false, [], []],
  ["empty pieces", false, [0, 0, 0], []],
  ["a small piece", false, [5], [5]],
  ["small pieces are joined", false, [5, 0, 7, 100], [112]],
  ["small pieces are joined also where chunks are ours", true, [5, 4095], [1024, 3076]],
  ["large pieces are copied where chunks are lent", false, [8 * KIB, 8 * KIB], [8 * KIB, 8 * KIB]],
  ["large pieces are kept where chunks are ours", true, [4096, 5000], [4096, 5000]],
  ["a mixture keeps its order", true, [10, 4096, 10, 10, 5000, 10], [10, 4096, 20, 5000, 10]],
];
test.each(cases)("%s", (_, owns, sizes, parts) => {
  const { assembly } = made(owns);
  const pieces = sizes.map((size, at) => chunk(size, at + 1));
  const whole = joinBytes(pieces);
  addAll(assembly, pieces);
  expect(assembly.size).toBe(whole.length);
  const taken = assembly.take();
  expect(taken.map((part) => part.length)).toEqual(parts);
  expect(Buffer.compare(joinBytes(taken), whole)).toBe(0);
});

test("no more memory is asked for than can still come", () => {
  const { assembly, allocated } = made(false);
  assembly.add(chunk(10), 0, 10, 15);
  assembly.add(chunk(5, 2), 0, 5, 5);
  expect(assembly.take()).toEqual([joinBytes([chunk(10), chunk(5, 2)])]);
  expect(allocated()).toBe(15);
});

describe("what is kept by reference", () => {
  const pins: [name: string, owns: boolean, size: number, chunkSize: number, kept: boolean][] = [
    ["a whole chunk of ours", true, 4096, 4096, true],
    ["half of a chunk of ours", true, 8192, 16_384, true],
    ["less than half: it would pin more than itself", true, 8192, 16_385, false],
    ["a small one", true, 4095, 4095, false],
    ["a chunk that is lent", false, 65_536, 65_536, false],
  ];
  test.each(pins)("%s", (_, owns, size, chunkSize, kept) => {
    const { assembly } = made(owns);
    const bytes = chunk(chunkSize);
    assembly.add(bytes, chunkSize - size, chunkSize, Infinity);
    const parts = assembly.take();
    expect(parts.every(({ buffer }) => buffer === bytes.buffer)).toBe(kept);
    expect(joinBytes(parts).length).toBe(size);
  });

  test("a piece that was copied does not change with its chunk", () => {
    const { assembly } = made(false);
    const bytes = chunk(10, 1);
    assembly.add(bytes, 2, 5, Infinity);
    bytes.fill(9);
    expect(assembly.take()).toEqual([chunk(3, 1)]);
  });
});

describe("many small fragments take little more memory than one large one", () => {
  const rows: [
    name: string,
    owns: boolean,
    sizes: readonly number[],
    times: number,
    parts: number,
  ][] = [
    ["4 MiB in 64 bytes each", false, [64], 65_536, 72],
    ["4 MiB in 64 bytes each, from chunks of ours", true, [64], 65_536, 72],
    ["1 MiB in single bytes", false, [1], 1_048_576, 24],
    ["small ones between large ones, from chunks of ours", true, [1, 4096], 1024, 2048],
    ["just too small ones between large ones", true, [4095, 4096], 512, 1100],
  ];
  test.each(rows)("%s", (_, owns, sizes, times, most) => {
    const { assembly, allocated } = made(owns);
    const pieces = sizes.map((size) => chunk(size));
    for (let i = 0; i < times; i++) addAll(assembly, pieces);
    const size = times * sizes.reduce((sum, each) => sum + each, 0);
    expect(assembly.size).toBe(size);
    const parts = assembly.take();
    expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(size);
    expect(parts.length).toBeLessThanOrEqual(most);
    expect(allocated()).toBeLessThanOrEqual(size + 64 * KIB);
  });
});
