import { expect, test } from "vitest";
import { MaskSource, masksOf } from "../../src/frame/mask-source.ts";
import type { Platform } from "../../src/platform.ts";

/** Randomness that counts: the n-th group of four bytes ever given reads as n. */
function counting(): { platform: Platform; fills: number[] } {
  const fills: number[] = [];
  let next = 0;
  const randomFill = (bytes: Uint8Array): void => {
    fills.push(bytes.length);
    new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4).forEach((_, i, words) => {
      words[i] = next++;
    });
  };
  return { platform: { randomFill } as Platform, fills };
}

test("every random byte is in exactly one key, over several pools", () => {
  const { platform } = counting();
  const source = new MaskSource(platform);
  expect(Array.from({ length: 5000 }, () => source.next())).toEqual(
    Array.from({ length: 5000 }, (_, i) => i),
  );
});

test("randomness is asked for when needed, 8 KiB at a time", () => {
  const { platform, fills } = counting();
  const source = new MaskSource(platform);
  expect(fills).toEqual([]);
  for (let i = 0; i < 2048; i++) source.next();
  expect(fills).toEqual([8192]);
  source.next();
  expect(fills).toEqual([8192, 8192]);
});

test("keys are signed 32-bit integers, 0 and negative ones included", () => {
  for (const [byte, key] of [
    [0, 0],
    [0xff, -1],
    [0x80, 0x80808080 | 0],
  ] as const) {
    const source = new MaskSource({
      randomFill: (bytes: Uint8Array) => {
        bytes.fill(byte);
      },
    } as Platform);
    expect(source.next()).toBe(key);
  }
});

test("a platform has one source, and another platform its own", () => {
  const { platform, fills } = counting();
  const source = masksOf(platform);
  expect([source.next(), masksOf(platform).next(), source.next()]).toEqual([0, 1, 2]);
  expect(masksOf(platform)).toBe(source);
  expect(fills).toEqual([8192]);
  expect(masksOf(counting().platform).next()).toBe(0);
});
