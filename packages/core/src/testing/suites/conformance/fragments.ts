import { equal, ok, pass } from "../../assertion.ts";
import type { FrameInit } from "../../wire/frames.ts";
import { CLOSE, CONTINUATION, PING, PONG, TEXT } from "../../wire/frames.ts";
import {
  binary,
  both,
  bytesOf,
  close,
  echoed,
  echoes,
  fails,
  type Requirement,
  text,
  trickle,
} from "./requirement.ts";

const more = (payload: string | Uint8Array = ""): FrameInit => ({
  opcode: CONTINUATION,
  fin: false,
  payload,
});
const last = (payload: string | Uint8Array = ""): FrameInit => ({ opcode: CONTINUATION, payload });
const ping = (payload: string | Uint8Array = ""): FrameInit => ({ opcode: PING, payload });
const pong = (payload: string | Uint8Array = ""): FrameInit => ({ opcode: PONG, payload });
const start = (payload: string): FrameInit => text(payload, { fin: false });

/** RFC 6455 §5.4: messages in several frames. */
const fragmentation: readonly Requirement[] = [
  both(
    "5.4",
    "a text in two fragments is one message",
    echoes([start("frag"), last("ment")], ["fragment"]),
  ),
  both(
    "5.4",
    "a binary message in three fragments is one message, in order",
    echoes([binary("a", { fin: false }), more("b"), last("c")], [new Uint8Array([97, 98, 99])]),
  ),
  both(
    "5.4",
    "empty fragments count for nothing",
    echoes([start(""), more(), more("x"), more(), last()], ["x"]),
  ),
  both(
    "5.4",
    "a message of empty fragments only is an empty message",
    echoes([start(""), more(), last()], [""]),
  ),
  both(
    "5.4",
    "a message follows a fragmented one",
    echoes([start("a"), last("b"), text("c"), start("d"), last()], ["ab", "c", "d"]),
  ),
  both("5.4", "fragments that come an octet at a time are one message", async (line) => {
    await trickle(line, bytesOf(line, start("fr"), more("agm"), last("ent")), 1);
    await echoed(line, ["fragment"]);
  }),
  both(
    "5.4",
    "a ping between fragments is answered at once, before the message ends",
    async (line) => {
      line.peer.send(start("a"), ping("in between"));
      equal((await line.peer.frame()).opcode, PONG, "the pong");
      line.peer.send(last("b"));
      await echoed(line, ["ab"]);
    },
  ),
  both("5.4", "several pings between fragments are all answered, in order", async (line) => {
    line.peer.send(start("a"), ping("1"), more("b"), ping("2"), last("c"));
    for (const expected of ["1", "2"])
      equal(new TextDecoder().decode((await line.peer.frame()).payload), expected, "pong");
    await echoed(line, ["abc"]);
  }),
  both(
    "5.4",
    "a pong between fragments changes nothing",
    echoes([start("a"), pong("?"), last("b")], ["ab"]),
  ),
  both(
    "5.4",
    "a close between fragments closes; the message is not emitted",
    async ({ peer, journal }) => {
      peer.send(start("a"), close(1000), last("b"));
      equal((await peer.frame()).opcode, CLOSE, "the answer");
      peer.end();
      equal(
        [(await journal.close()).code, journal.messages.length],
        [1000, 0],
        "code and messages",
      );
    },
  ),
  both(
    "5.4",
    "a continuation with nothing to continue fails the connection",
    fails(1002, [last("x")]),
  ),
  both(
    "5.4",
    "an unfinished continuation with nothing to continue fails the connection",
    fails(1002, [more("x")]),
  ),
  both(
    "5.4",
    "an empty continuation with nothing to continue fails the connection",
    fails(1002, [last()]),
  ),
  both(
    "5.4",
    "a continuation after a finished text fails the connection",
    fails(1002, [text("done"), last("x"), text("unheard")], ["done"]),
  ),
  both(
    "5.4",
    "a continuation after a finished fragmented text fails the connection",
    fails(1002, [start("do"), last("ne"), more("x")], ["done"]),
  ),
  both(
    "5.4",
    "a text within an unfinished text fails the connection",
    fails(1002, [start("a"), text("b")]),
  ),
  both(
    "5.4",
    "a binary message within an unfinished text fails the connection",
    fails(1002, [start("a"), binary("b")]),
  ),
  both(
    "5.4",
    "a new first fragment within an unfinished message fails the connection",
    fails(1002, [start("a"), more("b"), start("c")]),
  ),
  both(
    "5.4",
    "a message of 1000 fragments is one message",
    echoes(
      [start("x"), ...Array.from({ length: 998 }, () => more("x")), last("x")],
      ["x".repeat(1000)],
    ),
  ),
  both(
    "5.4",
    "65536 bytes in fragments of 64 are one message",
    echoes(
      [
        start("y".repeat(64)),
        ...Array.from({ length: 1022 }, () => more("y".repeat(64))),
        last("y".repeat(64)),
      ],
      ["y".repeat(65_536)],
    ),
  ),
];

/** RFC 6455 §5.5: control frames. */
const controls: readonly Requirement[] = [
  ...(
    [
      [PING, "ping"],
      [PONG, "pong"],
      [CLOSE, "close"],
    ] as const
  ).flatMap(([opcode, name]) => [
    both("5.5", `a fragmented ${name} fails the connection`, fails(1002, [{ opcode, fin: false }])),
    both(
      "5.5",
      `a ${name} of 126 bytes fails the connection`,
      fails(1002, [{ opcode, payload: "x".repeat(126) }]),
    ),
    both(
      "5.5",
      `a ${name} that declares 65536 bytes fails the connection before they come`,
      fails(1002, [{ opcode, declared: 65_536n }]),
    ),
  ]),
  both(
    "5.5",
    "a ping in fragments fails the connection at the first",
    fails(1002, [{ opcode: PING, fin: false, payload: "fr" }, last("ag")]),
  ),
  both("5.5.1", "a close is answered with a close of the same code", async ({ peer, journal }) => {
    peer.send(close(3333, "why not"));
    const answer = await peer.frame();
    equal(
      [answer.opcode, answer.payload.subarray(0, 2)],
      [CLOSE, Uint8Array.of(0x0d, 0x05)],
      "the answer",
    );
    peer.end();
    equal((await journal.close()).reason, "why not", "reason");
  }),
  both("5.5.1", "an empty close is answered with a close", async ({ peer, journal }) => {
    peer.send(close());
    const answer = await peer.frame();
    ok(answer.opcode === CLOSE && answer.payload.length !== 1, "the answer");
    peer.end();
    equal((await journal.close()).code, 1005, "code");
  }),
  both(
    "5.5.1",
    "a close with a payload of one byte fails the connection",
    fails(1002, [{ opcode: CLOSE, payload: "x" }]),
  ),
  both("5.5.1", "a reason of 123 bytes is taken whole", async ({ peer, journal }) => {
    peer.send(close(1000, "é".repeat(61) + "!"));
    equal((await peer.frame()).opcode, CLOSE, "the answer");
    peer.end();
    equal((await journal.close()).reason, "é".repeat(61) + "!", "reason");
  }),
  both(
    "5.5.1",
    "a reason that is not UTF-8 fails the connection",
    fails([1002, 1007], [close(1000, Uint8Array.of(0xce, 0xba, 0xe1, 0xbd))]),
  ),
  both("5.5.1", "a close that comes an octet at a time is answered", async (line) => {
    await trickle(line, bytesOf(line, close(1001, "slow")), 1);
    equal((await line.peer.frame()).opcode, CLOSE, "the answer");
    line.peer.end();
    const { code, reason } = await line.journal.close();
    equal([code, reason], [1001, "slow"], "close");
  }),
  both("5.5.1", "nothing is sent after a close, whatever comes", async ({ peer, journal }) => {
    peer.send(close(1000), text("late"), ping("late"), close(1000));
    equal((await peer.frame()).opcode, CLOSE, "the answer");
    if (!peer.masks) peer.end();
    await peer.whenEnded();
    equal(peer.pending.length, 0, "bytes after the close frame");
    peer.end();
    equal([(await journal.close()).code, journal.messages.length], [1000, 0], "code and messages");
  }),
  both("5.5.1", "no data frame is sent after the own close", async ({ peer, journal }) => {
    journal.socket.close(1000, "first");
    ok(!journal.socket.send("late"), "send() after close()");
    equal((await peer.frame()).opcode, CLOSE, "the close");
    peer.send(text("crossing"));
    await pass(20);
    equal(peer.pending.length, 0, "bytes after the close frame");
  }),
  ...([0, 1, 125] as const).map((size) =>
    both(
      "5.5.2",
      `a ping of ${size} bytes is answered with a pong of the same payload`,
      async ({ peer }) => {
        const payload = new Uint8Array(size).map((_, at) => 255 - at);
        peer.send({ opcode: PING, payload });
        const answer = await peer.frame();
        equal([answer.opcode, answer.payload], [PONG, payload], "the pong");
      },
    ),
  ),
  both("5.5.2", "a ping of 125 bytes that comes an octet at a time is answered", async (line) => {
    await trickle(line, bytesOf(line, ping("z".repeat(125))), 1);
    equal((await line.peer.frame()).payload.length, 125, "the pong");
  }),
  both("5.5.2", "ten pings in one segment are answered in order", async ({ peer }) => {
    peer.send(...Array.from({ length: 10 }, (_, at) => ping(String(at))));
    for (let at = 0; at < 10; at++)
      equal(new TextDecoder().decode((await peer.frame()).payload), String(at), "the pong");
  }),
  both(
    "5.5.3",
    "a pong nobody asked for is not answered",
    echoes([pong("unasked"), pong(), text("next")], ["next"]),
  ),
  both("5.5.3", "a pong for an old ping is no error", async (line) => {
    line.journal.socket.ping("1");
    line.journal.socket.ping("2");
    equal(
      [(await line.peer.frame()).opcode, (await line.peer.frame()).opcode],
      [PING, PING],
      "pings",
    );
    line.peer.send(pong("2"), pong("1"), text("next"));
    await echoed(line, ["next"]);
  }),
  both("5.6", "text is emitted as a string, binary as bytes", async ({ peer, journal }) => {
    peer.send(text("word"), binary("word"));
    equal(await journal.message(), "word", "text");
    ok((await journal.message()) instanceof Uint8Array, "binary");
    equal(
      [(await peer.frame()).opcode, (await peer.frame()).opcode],
      [TEXT, 2],
      "opcodes of the echo",
    );
  }),
];

/** Fragmentation and control frames: RFC 6455 §5.4 to §5.6. */
export const fragments: readonly Requirement[] = [...fragmentation, ...controls];
