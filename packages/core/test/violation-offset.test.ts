/** Where a violation is in the stream: as a reader of the bytes would count, and the same however they were cut. */
import zlib from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { permessageDeflate } from "../src/extension/permessage-deflate.ts";
import { createServerConnection } from "../src/index.ts";
import type { ConnectionOptions } from "../src/options.ts";
import { createZlibCompression } from "../src/shell/compression/compression.ts";
import { masked, openingHead, utf8 } from "../src/testing/wire/bytes.ts";
import { createTestPlatform } from "../src/testing/platform.ts";
import { Recorder } from "../src/testing/recorder.ts";
import { concat } from "../src/testing/wire/frames.ts";
import type { ProtocolViolation } from "../src/violation.ts";

const HELLO = masked(1, "hello"); // 11 bytes
const part = (opcode: number, payload: Uint8Array | string): Uint8Array =>
  masked(opcode, payload, { fin: false });
const bad = Uint8Array.of(0x61, 0xe2, 0x82, 0x41); // the fourth octet cannot be
const options: Partial<ConnectionOptions> = { maxMessageSize: 1000, maxFragments: 3 };

const rows: [name: string, stream: Uint8Array, code: string, offset: number][] = [
  ["the first byte of all", Uint8Array.of(0xff, 0xff), "reserved-bits", 0],
  [
    "a frame's header, after other frames",
    concat(HELLO, masked(9, ""), Uint8Array.of(0x83, 0x80)),
    "unknown-opcode",
    17,
  ],
  [
    "the length in a header",
    concat(HELLO, Uint8Array.of(0x82, 0xfe, 0, 1, 0, 0, 0, 0)),
    "non-minimal-length",
    11,
  ],
  [
    "a frame that is not masked",
    concat(HELLO, Uint8Array.of(0x81, 0x01, 0x61)),
    "mask-required",
    11,
  ],
  [
    "a length that is declared",
    concat(HELLO, masked(2, new Uint8Array(1001))),
    "message-too-big",
    11,
  ],
  [
    "the frame by which a message is too big",
    concat(part(2, new Uint8Array(600)), masked(9, ""), masked(0, new Uint8Array(600))),
    "message-too-big",
    614,
  ],
  [
    "the fragment that is one too many",
    concat(part(1, "a"), part(0, ""), part(0, ""), part(0, "")),
    "too-many-fragments",
    19,
  ],
  ["a continuation of nothing", concat(HELLO, masked(0, "x")), "unexpected-continuation", 11],
  ["a message within another", concat(part(1, "a"), HELLO), "interrupted-message", 7],
  ["the octet that is not UTF-8", concat(HELLO, masked(1, bad)), "invalid-utf8", 11 + 6 + 3],
  [
    "that octet in a long text",
    masked(1, concat(utf8("é".repeat(300)), bad)),
    "invalid-utf8",
    8 + 600 + 3,
  ],
  [
    "that octet in a fragment, of a character begun before",
    concat(part(1, "x"), part(0, bad.slice(0, 3)), masked(9, "p"), masked(0, "A")),
    "invalid-utf8",
    7 + 9 + 7 + 6,
  ],
  [
    "the end of a text that ends within a character",
    concat(HELLO, masked(1, bad.slice(0, 3))),
    "invalid-utf8",
    11 + 6 + 3,
  ],
  [
    "the end of the last fragment of such a text",
    concat(part(1, bad.slice(0, 2)), masked(0, bad.slice(2, 3))),
    "invalid-utf8",
    8 + 7,
  ],
  ["a close frame", concat(HELLO, masked(8, Uint8Array.of(0, 5))), "invalid-close-code", 11],
];

function found(stream: Uint8Array, size: number): ProtocolViolation {
  const actions = new Recorder();
  const connection = createServerConnection(actions, createTestPlatform(), options);
  actions.onRequest = () => {
    connection.accept();
  };
  connection.expectRequest();
  connection.receive(openingHead());
  for (let at = 0; at < stream.length; at += size) connection.receive(stream.slice(at, at + size));
  return actions.take().find((action) => action[0] === "onViolation")![1] as ProtocolViolation;
}

describe("the offset is that of", () => {
  test.each(rows)("%s", (_, stream, code, offset) => {
    for (const size of [stream.length, 1, 2, 7, 64])
      expect(found(stream, size)).toMatchObject({ code, offset });
  });

  test("what comes in the same chunk as the opening, from the opening's end", () => {
    const actions = new Recorder();
    const connection = createServerConnection(actions, createTestPlatform());
    actions.onRequest = () => {
      connection.accept();
    };
    connection.expectRequest();
    connection.receive(concat(openingHead(), HELLO, Uint8Array.of(0x01, 0x01)));
    expect(actions.take().find(([type]) => type === "onViolation")![1]).toMatchObject({
      code: "mask-required",
      offset: 11,
    });
  });

  test("held input: it counts as it is read", () => {
    const actions = new Recorder();
    const connection = createServerConnection(actions, createTestPlatform());
    actions.onRequest = () => {
      connection.accept();
    };
    connection.expectRequest();
    connection.receive(concat(openingHead(), HELLO));
    connection.pause();
    connection.receive(HELLO.slice());
    connection.receive(concat(HELLO.slice(0, 3)));
    connection.receive(concat(HELLO.slice(3), Uint8Array.of(0x83, 0)));
    connection.resume();
    expect(actions.take().find(([type]) => type === "onViolation")![1]).toMatchObject({
      code: "unknown-opcode",
      offset: 33,
    });
  });
});

test("what is not in the stream has none", () => {
  const actions = new Recorder();
  const connection = createServerConnection(actions, createTestPlatform(), {
    maxBufferedBytes: 10,
    pongTimeout: 5,
    pingInterval: 5,
  });
  actions.onRequest = () => {
    connection.accept();
  };
  connection.expectRequest();
  connection.receive(openingHead());
  connection.receive(HELLO.slice());
  connection.receiveBacklog(65_537); // what waits alone may be larger than the limit
  connection.sendText("more than ten bytes");
  expect(actions.take().find(([type]) => type === "onViolation")![1]).toMatchObject({
    code: "output-overflow",
    offset: undefined,
  });
});

test.each<[name: string, offer: string, payload: Uint8Array]>([
  [
    "at once",
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    Uint8Array.of(0xff, 1, 2, 3),
  ],
  ["on zlib's threads", "permessage-deflate", Uint8Array.of(0xff, 1, 2, 3)],
])(
  "compressed data that is none, found %s: the last frame of the message, and zlib's error beneath",
  async (_, offer, payload) => {
    const actions = new Recorder();
    const connection = createServerConnection(actions, createTestPlatform());
    const takeover = !offer.includes("no_context");
    const extension = permessageDeflate(createZlibCompression(zlib), {
      clientNoContextTakeover: !takeover,
      serverNoContextTakeover: !takeover,
    });
    connection.expectRequest();
    connection.receive(openingHead({ "Sec-WebSocket-Extensions": offer }));
    connection.accept({ extensions: [extension] });
    connection.receive(
      concat(
        HELLO,
        masked(2, payload, { rsv: 4, fin: false }),
        masked(9, ""),
        masked(0, payload),
        HELLO,
      ),
    );
    let violation: ProtocolViolation | undefined;
    await vi.waitFor(() => {
      violation ??= actions.take().find(([type]) => type === "onViolation")?.[1] as
        ProtocolViolation | undefined;
      expect(violation).toBeDefined();
    });
    expect(violation).toMatchObject({
      code: "invalid-compressed-data",
      offset: 11 + 10 + 6,
      cause: { code: "Z_DATA_ERROR" },
    });
  },
);
