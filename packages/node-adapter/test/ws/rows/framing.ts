/** `Receiver` and `Sender` by themselves, as an application uses them that has only the bytes of a connection. */
import { setImmediate as turn } from "node:timers/promises";
import type { Writable } from "node:stream";
import { closing, frame, FrameReader } from "../frames.ts";
import type { Row } from "../scene.ts";

interface SenderLike {
  send(data: unknown, options: object, sent?: () => void): void;
  ping(data: unknown, mask: boolean, sent?: () => void): void;
  pong(data: unknown, mask: boolean, sent?: () => void): void;
  close(code?: unknown, reason?: unknown, mask?: boolean, sent?: () => void): void;
}
interface Framing {
  readonly Receiver: new (options?: object) => Writable;
  readonly Sender: new (socket: object, extensions?: object) => SenderLike;
}
const framing = (library: object): Framing => library as Framing;

const received: readonly (readonly [
  name: string,
  chunks: (masked: boolean) => Buffer[],
  options?: object,
])[] = [
  ["a text", (masked) => [frame({ opcode: 1, payload: "hello", masked })]],
  ["an empty text", (masked) => [frame({ opcode: 1, payload: "", masked })]],
  ["a binary message", (masked) => [frame({ opcode: 2, payload: "bytes", masked })]],
  ...["arraybuffer", "blob", "fragments"].map(
    (binaryType) =>
      [
        `a binary message as ${binaryType}`,
        (masked: boolean) => [
          frame({ opcode: 2, payload: "bytes", masked }),
          frame({ opcode: 1, payload: "text", masked }),
          frame({ opcode: 2, payload: "", masked }),
        ],
        { binaryType },
      ] as const,
  ),
  [
    "two frames with a ping between them",
    (masked) => [
      frame({ opcode: 1, payload: "hel", fin: false, masked }),
      frame({ opcode: 9, payload: "ping", masked }),
      frame({ opcode: 0, payload: "lo", masked }),
      frame({ opcode: 10, masked }),
    ],
  ],
  [
    "a message byte by byte",
    (masked) => [...frame({ opcode: 1, payload: "hello", masked })].map((byte) => Buffer.of(byte)),
  ],
  ["a close", (masked) => [frame({ opcode: 8, payload: closing(1000, "bye"), masked })]],
  ["a close without a code", (masked) => [frame({ opcode: 8, masked })]],
  [
    "a message and a close in one chunk",
    (masked) => [
      Buffer.concat([
        frame({ opcode: 1, payload: "last", masked }),
        frame({ opcode: 8, payload: closing(4000), masked }),
        frame({ opcode: 1, payload: "ignored", masked }),
      ]),
    ],
  ],
  ["a close of one byte", (masked) => [frame({ opcode: 8, payload: "a", masked })]],
  [
    "a close with a code that is none",
    (masked) => [frame({ opcode: 8, payload: closing(1005), masked })],
  ],
  ["a mask that is wrong", (masked) => [frame({ opcode: 1, payload: "a", masked: !masked })]],
  ["an opcode that is none", (masked) => [frame({ opcode: 3, masked })]],
  ["text that is not UTF-8", (masked) => [frame({ opcode: 1, payload: Buffer.of(0xff), masked })]],
  [
    "more than it may",
    (masked) => [frame({ opcode: 1, payload: "123456", masked })],
    { maxPayload: 5 },
  ],
  ["no end of a message", (masked) => [frame({ opcode: 1, payload: "a", fin: false, masked })]],
];

const receivers = received.flatMap(([name, chunks, options]) =>
  [false, true].map((isServer): Row => ({
    name: `a ${isServer ? "server" : "client"}'s Receiver gets ${name}`,
    run: async (library, transcript) => {
      const receiver = new (framing(library).Receiver)({ isServer, ...options });
      for (const event of ["message", "ping", "pong", "conclude", "error", "finish"]) {
        receiver.on(event, (...values: unknown[]) => {
          transcript.note(event, ...values);
        });
      }
      for (const chunk of chunks(isServer)) {
        receiver.write(chunk);
        await turn();
      }
      transcript.note("ended", receiver.writableEnded);
      if (!receiver.writableEnded && !receiver.destroyed) receiver.end();
      await turn();
    },
  })),
);

const sent: readonly (readonly [name: string, act: (sender: SenderLike) => void])[] = [
  [
    "a text",
    (sender) => {
      sender.send("hello", { fin: true });
    },
  ],
  [
    "a masked binary message",
    (sender) => {
      sender.send(Buffer.from("bytes"), { binary: true, fin: true, mask: true });
    },
  ],
  [
    "a view and an ArrayBuffer",
    (sender) => {
      sender.send(new Uint16Array([1, 2]), { binary: true, fin: true });
      sender.send(Uint8Array.of(1, 2).buffer, { binary: true, fin: true });
    },
  ],
  [
    "pieces",
    (sender) => {
      sender.send("a", {});
      sender.ping("between", false);
      sender.send("b", { fin: true });
      sender.send("c", { fin: true });
    },
  ],
  [
    "a ping and a pong",
    (sender) => {
      sender.ping("ping", true);
      sender.pong(Buffer.from("pong"), false);
    },
  ],
  [
    "a ping that is too long",
    (sender) => {
      sender.ping("a".repeat(126), false);
    },
  ],
  [
    "a close",
    (sender) => {
      sender.close(1000, "bye", true);
    },
  ],
  [
    "a close without a code",
    (sender) => {
      sender.close();
    },
  ],
  [
    "a close without a reason",
    (sender) => {
      sender.close(4000, undefined, false);
    },
  ],
  ...[999, 1005, 1006, 5000, "1000", null].map(
    (code) =>
      [
        `a close with ${JSON.stringify(code)}`,
        (sender: SenderLike) => {
          sender.close(code);
        },
      ] as const,
  ),
  [
    "a reason that is too long",
    (sender) => {
      sender.close(1000, "a".repeat(124));
    },
  ],
  [
    "a reason of bytes",
    (sender) => {
      sender.close(1000, Uint8Array.of(65, 66));
    },
  ],
];

const senders = sent.map(([name, act]): Row => ({
  name: `a Sender sends ${name}`,
  run: async (library, transcript) => {
    const reader = new FrameReader();
    const sender = new (framing(library).Sender)({
      cork() {},
      uncork() {},
      write(chunk: Buffer | string) {
        for (const { words } of reader.push(Buffer.from(chunk))) transcript.wire.push(words);
      },
    });
    transcript.tell("send", () => {
      act(sender);
    });
    await turn();
  },
}));

export const ownFraming: readonly Row[] = [...receivers, ...senders];
