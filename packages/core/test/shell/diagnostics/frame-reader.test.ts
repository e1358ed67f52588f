import { expect, test } from "vitest";
import { FrameReader, type WireFrame } from "../../../src/shell/diagnostics/frame-reader.ts";
import { frame, masked, utf8 } from "../../../src/testing/wire/bytes.ts";
import { joinBytes } from "../../../src/testing/recorder.ts";

const read = (chunks: readonly Uint8Array[]): string[] => {
  const frames: string[] = [];
  const reader = new FrameReader((one: WireFrame) => {
    const { opcode, fin, compressed, length, payload } = one;
    const text = length > 100 ? `${payload.length} kept` : new TextDecoder().decode(payload);
    frames.push(
      `${opcode}${fin ? "" : " goes on"}${compressed ? " compressed" : ""} ${length} ${text}`,
    );
  });
  for (const chunk of chunks) {
    const given = Buffer.from(chunk); // whose `slice` shares memory
    reader.read(given);
    expect(given.equals(chunk)).toBe(true);
  }
  return frames;
};

const OPENING = utf8("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
const TUNNEL = utf8("HTTP/1.1 200 Connection established\r\n\r\n");
const FRAMES = [
  frame(0x1, utf8("hello")),
  masked(0x1, utf8("hidden")),
  frame(0x2, new Uint8Array(300)),
  masked(0x2, new Uint8Array(70_000)),
  Uint8Array.of(0x01, 1, 0x61, 0x80, 1, 0x62),
  Uint8Array.of(0xc1, 1, 0x63),
  Uint8Array.of(0x89, 0),
];
const READ = [
  "1 5 hello",
  "1 6 hidden",
  "2 300 300 kept",
  "2 70000 70000 kept",
  "1 goes on 1 a",
  "0 1 b",
  "1 compressed 1 c",
  "9 0 ",
];

test.each([1, 2, 3, 7, 1000, Infinity])("frames behind heads, in pieces of %s bytes", (size) => {
  const bytes = joinBytes([TUNNEL, OPENING, ...FRAMES]);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  expect(read(pieces)).toEqual(READ);
  expect(read([joinBytes(FRAMES)])).toEqual(READ);
});

test("of a large payload the first MiB is kept", () => {
  expect(read([frame(0x2, new Uint8Array(1_200_000))])).toEqual(["2 1200000 1048576 kept"]);
});

test("behind a refusal, and behind a head without end, nothing is read", () => {
  expect(read([utf8("HTTP/1.1 401 Unauthorized\r\n\r\n"), ...FRAMES])).toEqual([]);
  expect(read([utf8(`GET / HTTP/1.1\r\nX: ${"x".repeat(70_000)}`), ...FRAMES])).toEqual([]);
});
