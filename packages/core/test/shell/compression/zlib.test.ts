import zlib from "node:zlib";
import { expect, test } from "vitest";
import { FINAL_TAIL, TAIL, withTail } from "../../../src/shell/compression/zlib.ts";

test("the tail is what a sync flush ends with, and the final one makes a whole stream of it", () => {
  const flushed = zlib.deflateRawSync("text", { finishFlush: zlib.constants.Z_SYNC_FLUSH });
  expect([...flushed.subarray(-4)]).toEqual([...TAIL]);
  expect(zlib.inflateRawSync(withTail(flushed.subarray(0, -4), FINAL_TAIL)).toString()).toBe(
    "text",
  );
  expect(() => zlib.inflateRawSync(withTail(flushed.subarray(0, -4), TAIL))).toThrow();
});

test("withTail() copies", () => {
  const data = Uint8Array.of(1, 2);
  const joined = withTail(data, TAIL);
  data[0] = 9;
  expect([...joined]).toEqual([1, 2, 0, 0, 255, 255]);
});
