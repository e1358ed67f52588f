import { describe, expect, test } from "vitest";
import { HixieFrameWriter } from "../../../src/connection/send/hixie-frame-writer.ts";
import { WriteBuffer } from "../../../src/connection/buffer/write-buffer.ts";
import { slabOf } from "../../../src/connection/buffer/slab.ts";
import { BINARY, CLOSE, PING, PONG, TEXT } from "../../../src/frame/opcode.ts";
import { utf8 } from "../../../src/testing/wire/bytes.ts";
import { createTestPlatform } from "../../../src/testing/platform.ts";
import { outcomeOf, Recorder } from "../../../src/testing/recorder.ts";

function sent(write: (writer: HixieFrameWriter) => void, closes = true): number[] {
  const platform = createTestPlatform();
  const recorder = new Recorder();
  const outbox = new WriteBuffer(slabOf(platform), recorder);
  write(new HixieFrameWriter(platform, outbox, closes));
  outbox.flush();
  return [...outcomeOf(recorder.take()).sent];
}
const framed = (...payload: Uint8Array[]): number[] => [
  0,
  ...payload.flatMap((bytes) => [...bytes]),
  255,
];
const long = utf8("é".repeat(5000));

describe("what is written", () => {
  const rows: [name: string, write: (writer: HixieFrameWriter) => void, bytes: number[]][] = [
    [
      "text",
      (w) => {
        w.text("hé€😀");
      },
      framed(utf8("hé€😀")),
    ],
    [
      "empty text",
      (w) => {
        w.text("");
      },
      [0, 255],
    ],
    [
      "half a character becomes U+FFFD, never FF",
      (w) => {
        w.text("\ud800");
      },
      framed(utf8("\ufffd")),
    ],
    [
      "a range of bytes",
      (w) => {
        w.payload(TEXT, utf8("abcdef"), 1, 3);
      },
      framed(utf8("bc")),
    ],
    [
      "long text",
      (w) => {
        w.payload(TEXT, long, 0, long.length);
      },
      framed(long),
    ],
    [
      "parts",
      (w) => {
        w.parts(TEXT, [utf8("ab"), utf8(""), long, utf8("c")]);
      },
      framed(utf8("ab"), long, utf8("c")),
    ],
    [
      "no parts",
      (w) => {
        w.parts(TEXT, []);
      },
      [0, 255],
    ],
    [
      "several",
      (w) => {
        w.text("a");
        w.text("b");
      },
      [...framed(utf8("a")), ...framed(utf8("b"))],
    ],
    [
      "close, whose payload has no place",
      (w) => {
        w.payload(CLOSE, utf8("xxreason"), 0, 8);
      },
      [255, 0],
    ],
    [
      "what has no form here is not written",
      (w) => {
        for (const opcode of [BINARY, PING, PONG]) w.payload(opcode, utf8("x"), 0, 1);
        w.parts(BINARY, [utf8("x")]);
      },
      [],
    ],
  ];
  test.each(rows)("%s", (_, write, bytes) => {
    expect(sent(write)).toEqual(bytes);
  });
});

test("draft 75 just hangs up", () => {
  expect(
    sent((writer) => {
      writer.payload(CLOSE, utf8(""), 0, 0);
    }, false),
  ).toEqual([]);
});
