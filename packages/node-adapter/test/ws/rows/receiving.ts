import type ws from "ws";
import { closing, frame, type FrameParts } from "../frames.ts";
import { type Row, withClient, withServer } from "../scene.ts";

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

type Options = ws.ServerOptions & ws.ClientOptions;
type Case = readonly [
  name: string,
  frames: readonly (FrameParts | Uint8Array)[],
  options?: Options & { binaryType?: string; closeTimeout?: number },
  differs?: string,
];

const text = (payload: string | Uint8Array, more: Partial<FrameParts> = {}): FrameParts => ({
  opcode: TEXT,
  payload,
  ...more,
});
const binary = (payload: string | Uint8Array, more: Partial<FrameParts> = {}): FrameParts => ({
  opcode: BINARY,
  payload,
  ...more,
});
const close = (payload: string | Uint8Array = ""): FrameParts => ({ opcode: CLOSE, payload });
const next = (payload: string, fin: boolean): FrameParts => ({ opcode: 0, payload, fin });

const messages: readonly Case[] = [
  ["an empty text", [text("")]],
  ["a text", [text("hello")]],
  ["a text beyond ASCII", [text("grüße ☃ 😀")]],
  ["a text of 125 bytes", [text("a".repeat(125))]],
  ["a text of 126 bytes", [text("a".repeat(126))]],
  ["a text of 65535 bytes", [text("a".repeat(65_535))]],
  ["a text of 65536 bytes", [text("a".repeat(65_536))]],
  ["an empty binary", [binary("")]],
  ["a binary", [binary(Uint8Array.of(0, 1, 254, 255))]],
  ["a binary of 65536 bytes", [binary(new Uint8Array(65_536).fill(7))]],
  ["three messages at once", [text("1"), binary("2"), text("3")]],
  ["a text in two fragments", [text("he", { fin: false }), next("llo", true)]],
  [
    "a text in three fragments, one of them empty",
    [text("a", { fin: false }), next("", false), next("b", true)],
  ],
  ["a binary in two fragments", [binary("he", { fin: false }), next("llo", true)]],
  ["a message of two empty fragments", [text("", { fin: false }), next("", true)]],
  [
    "a character cut by fragments",
    [text(Uint8Array.of(0xe2, 0x98), { fin: false }), { opcode: 0, payload: Uint8Array.of(0x83) }],
  ],
  [
    "a ping between fragments",
    [text("a", { fin: false }), { opcode: PING, payload: "p" }, next("b", true)],
  ],
  ["a binary as arraybuffer", [binary("abc")], { binaryType: "arraybuffer" }],
  ["a text with binaryType arraybuffer", [text("abc")], { binaryType: "arraybuffer" }],
  ["a binary as blob", [binary("abc")], { binaryType: "blob" }],
  ["a binary as fragments, in one frame", [binary("abc")], { binaryType: "fragments" }],
  ["a text with binaryType fragments", [text("abc")], { binaryType: "fragments" }],
  [
    "a binary as arraybuffer, in fragments",
    [binary("ab", { fin: false }), next("c", true)],
    { binaryType: "arraybuffer" },
  ],
  ["a binaryType that is not known is not taken", [binary("abc")], { binaryType: "string" }],
];

const controls: readonly Case[] = [
  ["an empty ping", [{ opcode: PING }]],
  ["a ping with a payload", [{ opcode: PING, payload: "hi" }]],
  ["a ping of 125 bytes", [{ opcode: PING, payload: "p".repeat(125) }]],
  [
    "three pings",
    [
      { opcode: PING, payload: "1" },
      { opcode: PING, payload: "2" },
      { opcode: PING, payload: "3" },
    ],
  ],
  ["a ping without autoPong", [{ opcode: PING, payload: "hi" }], { autoPong: false }],
  ["an empty pong", [{ opcode: PONG }]],
  ["a pong nobody asked for", [{ opcode: PONG, payload: "x" }]],
  ["a ping behind a close", [close(closing(1000)), { opcode: PING, payload: "late" }]],
  ["a message behind a close", [close(closing(1000)), text("late")]],
];

const closes: readonly Case[] = [
  ["an empty close", [close()]],
  ["a close with 1000", [close(closing(1000))]],
  ["a close with 1000 and a reason", [close(closing(1000, "bye"))]],
  ["a close with a reason beyond ASCII", [close(closing(3000, "größe"))]],
  ["a close with a reason of 123 bytes", [close(closing(4999, "r".repeat(123)))]],
  ...[1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4000, 4999].map(
    (code): Case => [`a close with ${code}`, [close(closing(code))]],
  ),
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map((code): Case => [
    `a close with ${code}, which may not be sent`,
    [close(closing(code))],
  ]),
  ["a close of one byte", [close(Uint8Array.of(3))]],
  ["a close whose reason is not UTF-8", [close(closing(1000, Uint8Array.of(0xff)))]],
  ["a close in place of the rest of a message", [text("a", { fin: false }), close(closing(1000))]],
  ["two closes", [close(closing(1000)), close(closing(1001))]],
];

const wrong: readonly Case[] = [
  ...[1, 2, 3, 4, 5, 6, 7].map((rsv): Case => [
    `a text with reserved bits ${rsv}`,
    [text("a", { rsv })],
  ]),
  ["a ping with RSV1", [{ opcode: PING, rsv: 4 }]],
  ["a ping with RSV3", [{ opcode: PING, rsv: 1 }]],
  ["a continuation with RSV1", [text("a", { fin: false }), { opcode: 0, rsv: 4 }]],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): Case => [`opcode ${opcode}`, [{ opcode }]]),
  ["a continuation of nothing", [next("a", true)]],
  ["a continuation of nothing, with more to come", [next("a", false)]],
  ["a text within a text", [text("a", { fin: false }), text("b")]],
  ["a binary within a text", [text("a", { fin: false }), binary("b")]],
  ["a ping in fragments", [{ opcode: PING, fin: false }]],
  ["a pong in fragments", [{ opcode: PONG, fin: false }]],
  ["a close in fragments", [{ opcode: CLOSE, fin: false }]],
  ["a ping of 126 bytes", [{ opcode: PING, payload: "p".repeat(126) }]],
  ["a close of 126 bytes", [close(closing(1000, "r".repeat(124)))]],
  ["text that is not UTF-8", [text(Uint8Array.of(0x61, 0xff))]],
  ["text with an overlong form", [text(Uint8Array.of(0xc0, 0x80))]],
  ["text with a surrogate", [text(Uint8Array.of(0xed, 0xa0, 0x80))]],
  ["text that is cut off", [text(Uint8Array.of(0xe2, 0x98))]],
  [
    "text that is not UTF-8 in its last fragment",
    [text("a", { fin: false }), { opcode: 0, payload: Uint8Array.of(0xff) }],
  ],
  [
    "text that is not UTF-8, unchecked",
    [text(Uint8Array.of(0x61, 0xff))],
    { skipUTF8Validation: true },
  ],
  [
    "a reason that is not UTF-8, unchecked",
    [close(closing(1000, Uint8Array.of(0x61)))],
    { skipUTF8Validation: true },
  ],
  ["a message after an error", [{ opcode: 3 }, text("late")]],
  ["a good message before a bad frame", [text("good"), { opcode: 3 }]],
  [
    "a length beyond what can be counted",
    [Buffer.from([0x82, 0xff, 0x00, 0x20, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])],
  ],
];

const limits: readonly Case[] = [
  ["a message of maxPayload bytes", [binary("a".repeat(20))], { maxPayload: 20 }],
  ["a message over maxPayload", [binary("a".repeat(21))], { maxPayload: 20 }],
  ["a text over maxPayload", [text("a".repeat(21))], { maxPayload: 20 }],
  [
    "fragments that are over maxPayload together",
    [binary("a".repeat(15), { fin: false }), next("a".repeat(6), true)],
    { maxPayload: 20 },
  ],
  [
    "fragments of maxPayload together",
    [binary("a".repeat(15), { fin: false }), next("a".repeat(5), true)],
    { maxPayload: 20 },
  ],
  [
    "a message behind one of maxPayload",
    [binary("a".repeat(20)), binary("b".repeat(20))],
    { maxPayload: 20 },
  ],
  ["maxPayload 0 is none", [binary("a".repeat(70_000))], { maxPayload: 0 }],
  [
    "as many fragments as maxFragments",
    [text("a", { fin: false }), next("b", true)],
    { maxFragments: 2 } as Options,
  ],
  [
    "one fragment more than maxFragments",
    [text("a", { fin: false }), next("b", false), next("c", true)],
    { maxFragments: 2 } as Options,
  ],
  [
    "maxFragments 0 is none",
    [text("a", { fin: false }), next("b", false), next("c", true)],
    { maxFragments: 0 } as Options,
  ],
  [
    "maxFragments counts anew for each message",
    [text("a", { fin: false }), next("b", true), text("c", { fin: false }), next("d", true)],
    { maxFragments: 2 } as Options,
  ],
  [
    "sixty pings at once, and sixty pongs",
    Array.from({ length: 60 }, (_, at) => ({ opcode: PING, payload: String(at) })),
  ],
  [
    "pings beyond maxPendingAutoPongs",
    Array.from({ length: 4 }, (_, at) => ({ opcode: PING, payload: String(at) })),
    { maxPendingAutoPongs: 2 } as Options,
    "Nothing is delivered after `terminate()`",
  ],
  [
    "events one by one",
    [text("1"), text("2"), { opcode: PING, payload: "3" }, binary("4")],
    { allowSynchronousEvents: false },
  ],
  [
    "events one by one, and a close behind them",
    [text("1"), text("2"), close(closing(1000))],
    { allowSynchronousEvents: false },
  ],
];

const bytesOf = (frames: Case[1], masked: boolean): Buffer =>
  Buffer.concat(
    frames.map((part) => (part instanceof Uint8Array ? part : frame({ masked, ...part }))),
  );

function serverRow([name, frames, options, differs]: Case): Row {
  const { binaryType, ...rest } = options ?? {};
  return {
    name: `a server receives ${name}`,
    ...(differs === undefined ? {} : { differs }),
    run: (library, transcript) =>
      withServer(library, transcript, rest as ws.ServerOptions, ({ socket, peer }) => {
        if (binaryType !== undefined) socket.binaryType = binaryType as "nodebuffer";
        peer.send(bytesOf(frames, true));
      }),
  };
}

function clientRow([name, frames, options, differs]: Case): Row {
  const { binaryType, ...rest } = options ?? {};
  return {
    name: `a client receives ${name}`,
    ...(differs === undefined ? {} : { differs }),
    run: (library, transcript) =>
      withClient(library, transcript, rest, ({ socket, peer }) => {
        if (binaryType !== undefined) socket.binaryType = binaryType as "nodebuffer";
        peer.send(
          bytesOf(
            frames.map((part) =>
              part instanceof Uint8Array
                ? Buffer.from([part[0]!, part[1]! & 127, ...part.subarray(2)])
                : part,
            ),
            false,
          ),
        );
      }),
  };
}

/** Bytes that a peer sends, and the events they cause: on a server, and many on a client too. */
export const receiving: readonly Row[] = [
  ...[...messages, ...controls, ...closes, ...wrong, ...limits].map(serverRow),
  serverRow(["a frame that is not masked", [text("a", { masked: false })]]),
  ...[
    ...messages.slice(0, 4),
    ...messages.slice(7, 20),
    ...controls,
    ...closes.slice(0, 8),
    ...closes.slice(-4),
    ...wrong.slice(0, 8),
    ...wrong.slice(17),
    ...limits,
  ].map(clientRow),
  clientRow(["a frame that is masked", [text("a", { masked: true })]]),
];
