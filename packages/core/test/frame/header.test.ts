import { expect, test } from "vitest";
import { headerSizeOf, MAX_HEADER, writeHeader, writeUint32 } from "../../src/frame/header.ts";

const cases: [size: number, header: number[]][] = [
  [0, [0]],
  [1, [1]],
  [125, [125]],
  [126, [126, 0, 126]],
  [65535, [126, 255, 255]],
  [65536, [127, 0, 0, 0, 0, 0, 1, 0, 0]],
  [0xffff_ffff, [127, 0, 0, 0, 0, 255, 255, 255, 255]],
  [2 ** 32, [127, 0, 0, 0, 1, 0, 0, 0, 0]],
  [Number.MAX_SAFE_INTEGER, [127, 0, 31, 255, 255, 255, 255, 255, 255]],
];
for (const mask of [0, 0x80]) {
  test.each(cases)(`the header of %d bytes, mask bit ${mask}`, (size, [short, ...long]) => {
    const into = new Uint8Array(20).fill(0xee);
    const header = headerSizeOf(size);
    writeHeader(into, 2, header, 0x82, mask, size);
    expect([...into]).toEqual([
      0xee,
      0xee,
      0x82,
      mask | short!,
      ...long,
      ...new Array<number>(16 - long.length).fill(0xee),
    ]);
    expect(header).toBe(2 + long.length);
    expect(header + 4).toBeLessThanOrEqual(MAX_HEADER);
  });
}

test.each([
  [0, [0, 0, 0, 0]],
  [0x01020304, [1, 2, 3, 4]],
  [-1, [255, 255, 255, 255]],
  [0x80000000, [128, 0, 0, 0]],
])("%d in network byte order", (value, bytes) => {
  const into = new Uint8Array(5);
  writeUint32(into, 1, value);
  expect([...into]).toEqual([0, ...bytes]);
});
