import { describe, expect, test } from "vitest";
import {
  acceptFor,
  closePayload,
  concat,
  decodeFrame,
  encodeFrame,
  type FrameInit,
  hex,
} from "../../../src/testing/wire/frames.ts";

// The suites believe this codec, so it is held to the examples of RFC 6455 §5.7 rather than to the library.
const EXAMPLES: readonly [
  name: string,
  frames: readonly FrameInit[],
  masks: boolean,
  bytes: string,
][] = [
  [
    "a single-frame unmasked text message",
    [{ opcode: 1, payload: "Hello" }],
    false,
    "81 05 48 65 6c 6c 6f",
  ],
  [
    "a single-frame masked text message",
    [{ opcode: 1, payload: "Hello" }],
    true,
    "81 85 37 fa 21 3d 7f 9f 4d 51 58",
  ],
  [
    "a fragmented unmasked text message",
    [
      { opcode: 1, fin: false, payload: "Hel" },
      { opcode: 0, payload: "lo" },
    ],
    false,
    "01 03 48 65 6c 80 02 6c 6f",
  ],
  ["an unmasked ping", [{ opcode: 9, payload: "Hello" }], false, "89 05 48 65 6c 6c 6f"],
  ["a masked pong", [{ opcode: 10, payload: "Hello" }], true, "8a 85 37 fa 21 3d 7f 9f 4d 51 58"],
];

test.each(EXAMPLES)("writes and reads %s", (_, frames, masks, bytes) => {
  const written = concat(...frames.map((frame) => encodeFrame(frame, masks)));
  expect(written).toEqual(hex(bytes));
  const { frame } = decodeFrame(written)!;
  const payload = new TextEncoder().encode(frames[0]!.payload as string);
  expect(frame).toMatchObject({
    opcode: frames[0]!.opcode,
    fin: frames[0]!.fin ?? true,
    masked: masks,
    payload,
  });
});

test.each([
  [256, "82 7e 01 00"],
  [65_536, "82 7f 00 00 00 00 00 01 00 00"],
])("writes and reads %i bytes of binary", (size, head) => {
  const written = encodeFrame({ opcode: 2, payload: new Uint8Array(size).fill(7) }, false);
  const start = hex(head);
  expect(written.subarray(0, start.length)).toEqual(start);
  expect(decodeFrame(written)).toMatchObject({
    used: start.length + size,
    frame: { payload: { length: size } },
  });
});

test("masking leaves the caller's payload as it is, a Buffer's too", () => {
  const payload = Buffer.from("Hello");
  encodeFrame({ opcode: 1, payload }, true);
  expect(payload.toString()).toBe("Hello");
});

describe("writes what must not be", () => {
  test.each<[string, FrameInit, string]>([
    ["a length too long in form", { opcode: 2, form: 64 }, "82 7f 00 00 00 00 00 00 00 00"],
    [
      "a length with its first bit set",
      { opcode: 2, declared: 1n << 63n },
      "82 7f 80 00 00 00 00 00 00 00",
    ],
    ["reserved bits", { opcode: 3, rsv: 5 }, "d3 00"],
    ["a mask from a server", { opcode: 9, masked: true, key: [1, 2, 3, 4] }, "89 80 01 02 03 04"],
  ])("%s", (_, frame, bytes) => {
    expect(encodeFrame(frame, false)).toEqual(hex(bytes));
  });
});

test("waits for a whole frame", () => {
  const whole = encodeFrame({ opcode: 1, payload: "x".repeat(200) }, true);
  for (let size = 0; size < whole.length; size++)
    expect(decodeFrame(whole.subarray(0, size))).toBeUndefined();
  expect(decodeFrame(whole)).toMatchObject({
    used: whole.length,
    frame: { key: 0x37fa213d, form: 16, rsv: 0 },
  });
});

test("answers the key of RFC 6455 §1.3", async () => {
  expect(await acceptFor("dGhlIHNhbXBsZSBub25jZQ==")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

test("makes a close payload", () => {
  expect(closePayload(1000, "é")).toEqual(hex("03 e8 c3 a9"));
});
