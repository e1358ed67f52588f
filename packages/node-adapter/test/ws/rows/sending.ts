import type ws from "ws";
import { type Row, type ServerScene, withClient, withServer } from "../scene.ts";
import type { Transcript } from "../transcript.ts";

type Act = (socket: ws, transcript: Transcript) => Promise<void> | void;
type Case = readonly [name: string, act: Act, differs?: string];

const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const sent =
  (transcript: Transcript, name: string) =>
  (error?: Error | null): void => {
    transcript.note(name, error ?? "sent");
  };
const sends = (name: string, data: unknown, options?: object): Case => [
  name,
  (socket) => {
    socket.send(data as string, { ...options });
  },
];

/** The data that an application sends. */
const data: readonly Case[] = [
  sends("an empty string", ""),
  sends("a string", "hello"),
  sends("a string beyond ASCII", "grüße ☃ 😀"),
  sends("a lone surrogate", "a\ud800b"),
  sends("a string of 125 bytes", "a".repeat(125)),
  sends("a string of 126 bytes", "a".repeat(126)),
  sends("a string of 65535 bytes", "a".repeat(65_535)),
  sends("a string of 65536 bytes", "a".repeat(65_536)),
  sends("a string as binary", "hello", { binary: true }),
  sends("a Buffer", Buffer.from("hello")),
  sends("a Buffer as text", Buffer.from("hello"), { binary: false }),
  sends("a Buffer of 16 KiB", Buffer.alloc(16_384, 1)),
  sends("a Buffer of 70000 bytes", Buffer.alloc(70_000, 1)),
  sends("a Uint8Array", bytes),
  sends("a view of a part", bytes.subarray(2, 5)),
  sends("a Uint16Array", new Uint16Array([1, 2])),
  sends("a Float32Array", new Float32Array([1.5])),
  sends("a DataView", new DataView(bytes.buffer, 1, 3)),
  sends("an ArrayBuffer", bytes.buffer),
  [
    "a SharedArrayBuffer",
    (socket) => {
      const shared = new SharedArrayBuffer(3);
      new Uint8Array(shared).fill(7);
      socket.send(shared as never);
    },
  ],
  sends("an array of numbers", [1, 2, 3]),
  sends("a number", 42),
  sends("zero", 0),
  sends("nothing", undefined),
  sends("null", null),
  sends("false", false),
  [
    "true",
    (socket, transcript) => {
      transcript.tell("send(true)", () => {
        socket.send(true as never);
      });
    },
  ],
  [
    "a plain object",
    (socket, transcript) => {
      transcript.tell("send({})", () => {
        socket.send({} as never);
      });
    },
  ],
  sends("an object with valueOf", { valueOf: () => "worth" }),
  sends("an object with toPrimitive", { [Symbol.toPrimitive]: () => "primitive" }),
  sends("a Blob", new Blob(["blob"])),
  sends("a Blob as text", new Blob(["blob"]), { binary: false }),
  sends("an empty Blob", new Blob([])),
  [
    "a Blob, and then a string",
    (socket) => {
      socket.send(new Blob(["first"]));
      socket.send("second");
    },
  ],
  [
    "a Blob, a ping and a close",
    (socket) => {
      socket.send(new Blob(["first"]));
      socket.ping("second");
      socket.close(1000, "third");
    },
  ],
  [
    "in fragments",
    (socket) => {
      socket.send("a", { fin: false });
      socket.send("b", { fin: false });
      socket.send("c", { fin: true });
      socket.send("d");
    },
  ],
  [
    "binary in fragments, the first of them empty",
    (socket) => {
      socket.send(Buffer.alloc(0), { fin: false });
      socket.send(Buffer.from("b"), { fin: true });
    },
    "An empty piece of a message is no frame",
  ],
  [
    "in fragments with a ping in between",
    (socket) => {
      socket.send("a", { fin: false });
      socket.ping("p");
      socket.send("b");
    },
  ],
  [
    "with a callback",
    (socket, transcript) => {
      socket.send("a", sent(transcript, "callback"));
    },
  ],
  [
    "with options and a callback",
    (socket, transcript) => {
      socket.send("a", { binary: true }, sent(transcript, "callback"));
    },
  ],
  [
    "three times, with callbacks",
    (socket, transcript) => {
      for (const name of ["first", "second", "third"]) socket.send(name, sent(transcript, name));
    },
  ],
  [
    "a Blob with a callback, and a string with one",
    (socket, transcript) => {
      socket.send(new Blob(["a"]), sent(transcript, "first"));
      socket.send("b", sent(transcript, "second"));
    },
  ],
  [
    "a Buffer that is changed once its callback has come",
    async (socket, transcript) => {
      const buffer = Buffer.from("before");
      await new Promise<void>((resolve) => {
        socket.send(buffer, () => {
          resolve();
        });
      });
      buffer.fill("x");
      transcript.note("changed");
    },
  ],
];

const controls: readonly Case[] = [
  [
    "a ping",
    (socket) => {
      socket.ping();
    },
  ],
  [
    "a ping with a string",
    (socket) => {
      socket.ping("hi");
    },
  ],
  [
    "a ping with a Buffer",
    (socket) => {
      socket.ping(Buffer.from("hi"));
    },
  ],
  [
    "a ping with a number",
    (socket) => {
      socket.ping(7);
    },
  ],
  [
    "a ping with an array",
    (socket) => {
      socket.ping([1, 2]);
    },
  ],
  [
    "a ping with a Blob",
    (socket) => {
      socket.ping(new Blob(["hi"]));
    },
  ],
  [
    "a ping of 125 bytes",
    (socket) => {
      socket.ping("p".repeat(125));
    },
  ],
  [
    "a ping of 126 bytes",
    (socket, transcript) => {
      transcript.tell("ping", () => {
        socket.ping("p".repeat(126));
      });
    },
  ],
  [
    "a ping with a callback",
    (socket, transcript) => {
      socket.ping(sent(transcript, "callback") as never);
    },
  ],
  [
    "a ping with a payload and a callback",
    (socket, transcript) => {
      socket.ping("hi", sent(transcript, "callback") as never);
    },
  ],
  [
    "a pong",
    (socket) => {
      socket.pong();
    },
  ],
  [
    "a pong with a string",
    (socket) => {
      socket.pong("hi");
    },
  ],
  [
    "a pong of 126 bytes",
    (socket, transcript) => {
      transcript.tell("pong", () => {
        socket.pong(Buffer.alloc(126));
      });
    },
  ],
  [
    "a pong with a callback",
    (socket, transcript) => {
      socket.pong(undefined, undefined, sent(transcript, "callback") as never);
    },
  ],
];

const closes: readonly Case[] = [
  [
    "close()",
    (socket) => {
      socket.close();
    },
  ],
  [
    "close(1000)",
    (socket) => {
      socket.close(1000);
    },
  ],
  [
    "close(1000, reason)",
    (socket) => {
      socket.close(1000, "bye");
    },
  ],
  [
    "close(1001, Buffer)",
    (socket) => {
      socket.close(1001, Buffer.from("bye"));
    },
  ],
  [
    "close with a reason beyond ASCII",
    (socket) => {
      socket.close(4000, "größe");
    },
  ],
  [
    "close with a reason of 123 bytes",
    (socket) => {
      socket.close(4000, "r".repeat(123));
    },
  ],
  [
    "close with an empty reason",
    (socket) => {
      socket.close(4000, "");
    },
  ],
  [
    "a message and then close()",
    (socket) => {
      socket.send("last");
      socket.close(1000);
    },
  ],
  [
    "close() twice",
    (socket) => {
      socket.close(1000, "first");
      socket.close(4000, "second");
    },
  ],
  [
    "a send after close()",
    (socket, transcript) => {
      socket.close();
      socket.send("late", sent(transcript, "callback"));
      socket.send("late");
    },
  ],
  [
    "a ping after close()",
    (socket, transcript) => {
      socket.close();
      socket.ping("late", undefined, sent(transcript, "callback"));
      socket.pong("late", undefined, sent(transcript, "callback"));
    },
  ],
  [
    "terminate()",
    (socket) => {
      socket.terminate();
    },
  ],
  [
    "terminate() twice",
    (socket) => {
      socket.terminate();
      socket.terminate();
    },
  ],
  [
    "close() and terminate()",
    (socket) => {
      socket.close(1000);
      socket.terminate();
    },
  ],
  [
    "a send after terminate()",
    (socket, transcript) => {
      socket.terminate();
      socket.send("late", sent(transcript, "callback"));
    },
  ],
];

const badCloses: readonly (readonly [name: string, code: unknown, reason?: unknown])[] = [
  ["code 999", 999],
  ["code 1004", 1004],
  ["code 1005", 1005],
  ["code 1006", 1006],
  ["code 1015", 1015],
  ["code 2999", 2999],
  ["code 5000", 5000],
  ["a code in a string", "1000"],
  ["null for a code", null],
  ["NaN", Number.NaN],
  ["a reason of 124 bytes", 1000, "r".repeat(124)],
  ["a reason of 62 characters of two bytes", 1000, "é".repeat(62)],
  ["a number for a reason", 1000, 5],
];

/** Each way of sending, on a server and on a client. */
const both = ([name, act, differs]: Case): Row[] => {
  const more = differs === undefined ? {} : { differs };
  return [
    {
      name: `a server sends ${name}`,
      ...more,
      run: (library, transcript) =>
        withServer(library, transcript, {}, ({ socket }: ServerScene) => act(socket, transcript)),
    },
    {
      name: `a client sends ${name}`,
      ...more,
      run: (library, transcript) =>
        withClient(library, transcript, { perMessageDeflate: false }, ({ socket }) =>
          act(socket, transcript),
        ),
    },
  ];
};

const refused = badCloses.map(([name, code, reason]): Row => ({
  name: `close() with ${name}`,
  run: (library, transcript) =>
    withServer(library, transcript, {}, ({ socket }) => {
      transcript.tell("close", () => {
        socket.close(code as number, reason as string);
      });
      transcript.note("readyState", socket.readyState);
    }),
}));

export const sending: readonly Row[] = [...data, ...controls, ...closes]
  .flatMap(both)
  .concat(refused);
