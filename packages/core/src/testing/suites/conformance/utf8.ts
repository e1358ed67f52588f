import { equal, ok, pass } from "../../assertion.ts";
import { CLOSE, CONTINUATION, hex, octets, PING, PONG, TEXT } from "../../wire/frames.ts";
import {
  both,
  bytesOf,
  echoed,
  echoes,
  failed,
  fails,
  type Requirement,
  text,
  trickle,
} from "./requirement.ts";

/** Well-formed, and easily got wrong. */
const VALID: readonly (readonly [octets: string, what: string])[] = [
  [
    "48 65 6c 6c 6f 2d c2 b5 40 c3 9f c3 b6 c3 a4 c3 bc c3 a0 c3 a1 2d 55 54 46 2d 38 21 21",
    "Hello-µ@ßöäüàá-UTF-8!!",
  ],
  ["ce ba e1 bd b9 cf 83 ce bc ce b5", "κόσμε"],
  ["00", "U+0000"],
  ["c2 80", "the first of two bytes"],
  ["df bf", "the last of two bytes"],
  ["e0 a0 80", "the first of three bytes"],
  ["ef bf bf", "the last of three bytes, a noncharacter"],
  ["f0 90 80 80", "the first of four bytes"],
  ["f4 8f bf bf", "the last of all, U+10FFFF"],
  ["7f", "the last of one byte"],
  ["ed 9f bf", "before the surrogates"],
  ["ee 80 80", "after the surrogates"],
  ["ef bf bd", "the replacement character itself"],
  ["ef bb bf 61", "a byte order mark, which is kept"],
  ["ef bf be", "U+FFFE, a noncharacter"],
  ["f0 9f bf be", "U+1FFFE, a noncharacter"],
  ["f3 bf bf bf", "U+FFFFF, a noncharacter"],
];

/** Ill-formed: how, and where the first octet is that shows it. */
const INVALID: readonly (readonly [octets: string, what: string])[] = [
  ["ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80 65 64 69 74 65 64", "a surrogate after good text"],
  ["f8 88 80 80 80", "the first of five bytes"],
  ["fc 84 80 80 80 80", "the first of six bytes"],
  ["f7 bf bf bf", "beyond U+10FFFF, in four bytes"],
  ["fb bf bf bf bf", "the last of five bytes"],
  ["fd bf bf bf bf bf", "the last of six bytes"],
  ["f4 90 80 80", "U+110000"],
  ["80", "a continuation byte alone"],
  ["bf", "the last continuation byte alone"],
  ["80 bf", "two continuation bytes"],
  ["80 bf 80 bf 80 bf", "six continuation bytes"],
  ["c0 20 c1 20", "start bytes that begin nothing"],
  ["c2 20 df 20", "lonely start bytes of two"],
  ["e0 20 ef 20", "lonely start bytes of three"],
  ["f0 20 f4 20", "lonely start bytes of four"],
  ["e0 80 20", "three bytes that lack the last"],
  ["f0 80 80 20", "four bytes that lack the last"],
  ["df 20", "two bytes that lack the last"],
  ["ef bf 20", "three bytes that lack the last, at the end of the range"],
  ["fe", "0xFE"],
  ["ff", "0xFF"],
  ["fe fe ff ff", "0xFE and 0xFF"],
  ["c0 af", "an overlong solidus in two"],
  ["e0 80 af", "an overlong solidus in three"],
  ["f0 80 80 af", "an overlong solidus in four"],
  ["c1 bf", "the longest overlong of two"],
  ["e0 9f bf", "the longest overlong of three"],
  ["f0 8f bf bf", "the longest overlong of four"],
  ["c0 80", "an overlong NUL in two"],
  ["e0 80 80", "an overlong NUL in three"],
  ["f0 80 80 80", "an overlong NUL in four"],
  ["ed a0 80", "the first high surrogate"],
  ["ed af bf", "the last high surrogate"],
  ["ed b0 80", "the first low surrogate"],
  ["ed bf bf", "the last low surrogate"],
  ["ed a0 80 ed b0 80", "a pair of surrogates"],
  ["ed ad bf", "a high surrogate for private use, before the first"],
  ["ed ae 80", "the first high surrogate for private use"],
  ["ed be 80", "a low surrogate in the middle"],
  ["ed a0 80 ed bf bf", "a pair of the first and the last surrogate"],
  ["ed ad bf ed b0 80", "another pair of surrogates"],
  ["ed ae 80 ed bf bf", "a pair of surrogates for private use"],
  ["ed af bf ed bf bf", "the last pair of surrogates"],
  ["f8 88 80 80 af", "an overlong solidus in five"],
  ["fc 84 80 80 80 af", "an overlong solidus in six"],
  ["f8 87 bf bf bf", "the longest overlong of five"],
  ["fc 83 bf bf bf bf", "the longest overlong of six"],
  ["f8 80 80 80 80", "an overlong NUL in five"],
  ["fc 80 80 80 80 80", "an overlong NUL in six"],
  ["f8 80 80 80", "five bytes that lack the last"],
  ["fc 80 80 80 80", "six bytes that lack the last"],
  ["fb bf bf bf", "five bytes that lack the last, at the end of the range"],
  ["fd bf bf bf bf", "six bytes that lack the last, at the end of the range"],
  ["f8 20 f9 20 fa 20 fb 20", "lonely start bytes of five"],
  ["fc 20 fd 20", "lonely start bytes of six"],
  [
    "c0 e0 80 f0 80 80 f8 80 80 80 fc 80 80 80 80 df ef bf f7 bf bf fb bf bf bf fd bf bf bf bf",
    "all that lack the last, one after another",
  ],
];

/** Cut short: well-formed as far as they go, wrong when the message ends there. */
const UNFINISHED: readonly string[] = [
  "ce",
  "ce ba e1",
  "ce ba e1 bd",
  "f0 90 80",
  "e0 a0",
  "f4 8f bf",
  "df",
];

const decode = (bytes: Uint8Array): string =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

const whole: readonly Requirement[] = [
  ...VALID.map(([digits, what]) =>
    both(
      "8.1",
      `text with ${what} (${digits}) is taken, whole, in fragments and by the octet`,
      async (line) => {
        const bytes = hex(digits);
        const message = decode(bytes);
        line.peer.send(
          text(bytes),
          ...Array.from(bytes, (octet, at) => ({
            opcode: at ? CONTINUATION : TEXT,
            fin: false,
            payload: Uint8Array.of(octet),
          })),
          { opcode: CONTINUATION },
        );
        await trickle(line, bytesOf(line, text(bytes)), 1);
        await echoed(line, [message, message, message]);
      },
    ),
  ),
  both(
    "8.1",
    "text with each noncharacter of all 17 planes is taken, one a message",
    async (line) => {
      const messages = Array.from({ length: 17 }, (_, plane) =>
        [0xfffe, 0xffff].map((at) => String.fromCodePoint(plane * 0x10000 + at)),
      ).flat();
      messages.push(
        "\ufdd0",
        "\ufdef",
        ...Array.from({ length: 14 }, (_, at) => String.fromCodePoint(0xfff0 + at)),
      );
      line.peer.send(...messages.map((message) => text(message)));
      await echoed(line, messages);
    },
  ),
  ...INVALID.map(([digits, what]) =>
    both(
      "8.1",
      `text with ${what} (${digits}) fails the connection with 1007`,
      fails(1007, [text(hex(digits))]),
    ),
  ),
  ...UNFINISHED.map((digits) =>
    both(
      "8.1",
      `text that ends within a character (${digits}) fails the connection with 1007`,
      fails(1007, [text(hex(digits))]),
    ),
  ),
];

const inPieces: readonly Requirement[] = [
  both(
    "8.1",
    "a character may be split between fragments",
    echoes(
      [text(hex("e2 82"), { fin: false }), { opcode: CONTINUATION, payload: hex("ac 21") }],
      ["€!"],
    ),
  ),
  both("8.1", "a character may be split between fragments, with a ping between", async (line) => {
    line.peer.send(
      text(hex("f0 9f"), { fin: false }),
      { opcode: PING, payload: "?" },
      { opcode: CONTINUATION, payload: hex("98 80") },
    );
    equal((await line.peer.frame()).opcode, PONG, "the pong");
    await echoed(line, ["😀"]);
  }),
  both(
    "8.1",
    "a message is one text: a fragment may begin with a continuation byte only if the last one left it open",
    fails(1007, [text("whole", { fin: false }), { opcode: CONTINUATION, payload: hex("80") }]),
  ),
  both(
    "8.1",
    "a message that ends within a character at its last fragment fails the connection",
    fails(1007, [
      text(hex("ce ba e1"), { fin: false }),
      { opcode: CONTINUATION, payload: hex("bd") },
    ]),
  ),
  both(
    "8.1",
    "a character left open is not carried into the next message",
    fails(1007, [text("ok"), text(hex("e2 82")), text(hex("ac"))], ["ok"]),
  ),
  ...INVALID.slice(0, 8).map(([digits, what]) =>
    both(
      "8.1",
      `in fragments by the octet, ${what} (${digits}) fails the connection with 1007`,
      fails(1007, [
        ...Array.from(hex(digits), (octet, at) => ({
          opcode: at ? CONTINUATION : TEXT,
          fin: false,
          payload: Uint8Array.of(octet),
        })),
        { opcode: CONTINUATION },
      ]),
    ),
  ),
  both(
    "8.1",
    "binary need not be UTF-8",
    echoes([{ opcode: 2, payload: hex("ff fe c0 80") }], [hex("ff fe c0 80")]),
  ),
];

/** A client that must not wait for the end of a message to fail it (Autobahn's section 6.4). */
const atOnce: readonly Requirement[] = [
  both(
    "8.1",
    "an ill-formed fragment fails the connection before the message ends",
    async (line) => {
      line.peer.send(text(hex("ce ba e1 bd b9 cf 83 ce bc ce b5 f4 90"), { fin: false }));
      await failed(line, 1007);
    },
  ),
  both(
    "8.1",
    "an ill-formed octet fails the connection within a frame that is still coming",
    async (line) => {
      const frame = bytesOf(line, text(`${"a".repeat(100)}\u0000${"b".repeat(10_000)}`));
      const wrong = frame.length - 10_001;
      frame[wrong]! ^= 0xff; // 0x00 becomes 0xff, masked or not
      line.peer.write(frame.subarray(0, wrong));
      await pass(20);
      ok(!line.peer.ended && line.peer.pending.length === 0, "it waits while all is well");
      line.peer.write(frame.subarray(wrong, wrong + 1));
      await failed(line, 1007);
    },
  ),
  both(
    "8.1",
    "the second octet of a surrogate fails the connection at once, within its frame",
    async (line) => {
      const frame = bytesOf(line, text(octets("€".repeat(50))));
      const at = frame.length - 30;
      line.peer.write(frame.subarray(0, at));
      const mask = line.peer.masks
        ? (["37", "fa", "21", "3d"] as const)
        : (["00", "00", "00", "00"] as const);
      const position = 120;
      const masked = hex("ed a0").map(
        (octet, index) => octet ^ Number.parseInt(mask[(position + index) & 3]!, 16),
      );
      line.peer.write(masked);
      await failed(line, 1007);
    },
  ),
  both(
    "8.1",
    "a close reason that is not UTF-8 is not reported as text",
    async ({ peer, journal }) => {
      peer.send({ opcode: CLOSE, payload: hex("03 e8 ff") });
      equal((await peer.frame()).opcode, CLOSE, "the close");
      peer.end();
      const { code } = await journal.close();
      ok(code === 1002 || code === 1007, `code ${code}`);
    },
  ),
];

/** Text that must be UTF-8: RFC 6455 §8.1. */
export const utf8: readonly Requirement[] = [...whole, ...inPieces, ...atOnce];
