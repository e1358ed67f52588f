import { equal, ok } from "../../assertion.ts";
import { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } from "../../wire/frames.ts";
import {
  asClient,
  asServer,
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

const RESERVED_OPCODES = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as const;
const SIZES = [0, 1, 125, 126, 127, 128, 65_535, 65_536] as const;
const KEYS = [
  [0, 0, 0, 0],
  [255, 255, 255, 255],
  [0, 255, 0, 1],
  [0x80, 0, 0, 0],
] as const;

const bytes = (size: number): Uint8Array => new Uint8Array(size).map((_, at) => at * 7);
const formOf = (size: number): number => (size < 126 ? 7 : size < 65_536 ? 16 : 64);

/** RFC 6455 §5.1 and §5.3: who masks, and how. */
const masking: readonly Requirement[] = [
  {
    clause: "5.1",
    must: "a server closes with 1002 upon a frame that is not masked",
    ...asServer(fails(1002, [text("plain", { masked: false })])),
  },
  {
    clause: "5.1",
    must: "a server closes with 1002 upon a control frame that is not masked",
    ...asServer(fails(1002, [{ opcode: PING, masked: false }])),
  },
  {
    clause: "5.1",
    must: "a server closes with 1002 upon an unmasked continuation of a masked fragment",
    ...asServer(fails(1002, [text("a", { fin: false }), { opcode: CONTINUATION, masked: false }])),
  },
  {
    clause: "5.1",
    must: "a client closes with 1002 upon a frame that is masked",
    ...asClient(fails(1002, [text("masked", { masked: true })])),
  },
  {
    clause: "5.1",
    must: "a client closes with 1002 upon a masked control frame",
    ...asClient(fails(1002, [{ opcode: PONG, masked: true }])),
  },
  both(
    "5.1",
    "a client masks every frame it sends, a server none: data, ping, pong and close",
    async ({ peer, journal }, role) => {
      peer.send(text("data"), { opcode: PING, payload: "ping" });
      const frames = [await peer.frame(), await peer.frame()];
      journal.socket.ping("mine");
      frames.push(await peer.frame());
      journal.socket.close(1000);
      frames.push(await peer.frame());
      equal(
        frames.map(({ opcode }) => opcode),
        [TEXT, PONG, PING, CLOSE],
        "opcodes",
      );
      equal(
        frames.map(({ masked }) => masked),
        frames.map(() => role === "client"),
        "masked",
      );
    },
  ),
  {
    clause: "5.3",
    must: "a client takes a fresh masking key for every frame",
    ...asClient(async ({ peer, journal }) => {
      const keys = new Set<number>();
      for (let at = 0; at < 256; at++) journal.socket.send("same");
      for (let at = 0; at < 256; at++) keys.add((await peer.frame()).key);
      ok(keys.size > 250, `${keys.size} different keys in 256 frames`);
      const sorted = [...keys].sort((a, b) => a - b);
      ok(sorted.at(-1)! - sorted[0]! > 2 ** 31, "keys are spread over 32 bits");
    }),
  },
  ...KEYS.map((key): Requirement => ({
    clause: "5.3",
    must: `a server unmasks with the frame's own key, such as ${key.join(".")}`,
    ...asServer(
      echoes(
        [text("masked"), binary(bytes(300), { key }), text("again", { key })],
        ["masked", bytes(300), "again"],
      ),
    ),
  })),
  {
    clause: "5.3",
    must: "unmasking continues rightly where a frame is cut at any octet",
    ...asServer(async (line) => {
      const sent = bytesOf(line, binary(bytes(67)));
      for (const size of [1, 3, 5]) {
        await trickle(line, sent, size);
        equal((await line.peer.frame()).payload, bytes(67), `in pieces of ${size}`);
      }
    }),
  },
];

/** RFC 6455 §5.2: the head of a frame. */
const heads: readonly Requirement[] = [
  ...[1, 2, 3, 4, 5, 6, 7].flatMap((rsv) => [
    both(
      "5.2",
      `reserved bits ${rsv.toString(2).padStart(3, "0")} without an extension fail the connection`,
      fails(1002, [text("x", { rsv })]),
    ),
  ]),
  both(
    "5.2",
    "a reserved bit on a continuation fails the connection",
    fails(1002, [text("a", { fin: false }), { opcode: CONTINUATION, rsv: 2 }]),
  ),
  both(
    "5.2",
    "a reserved bit on a ping fails the connection",
    fails(1002, [{ opcode: PING, rsv: 4 }]),
  ),
  both(
    "5.2",
    "a reserved bit on a close fails the connection",
    fails(1002, [{ ...close(1000), rsv: 1 }]),
  ),
  both(
    "5.2",
    "a reserved bit fails the connection after good messages, which are heard",
    fails(1002, [text("good"), text("bad", { rsv: 4 })], ["good"]),
  ),
  ...RESERVED_OPCODES.flatMap((opcode) => [
    both("5.2", `reserved opcode ${opcode} fails the connection`, fails(1002, [{ opcode }])),
    both(
      "5.2",
      `reserved opcode ${opcode} with payload fails the connection after a good message`,
      fails(1002, [text("good"), { opcode, payload: "bad" }, text("unheard")], ["good"]),
    ),
  ]),
  ...SIZES.flatMap((size) => [
    both(
      "5.2",
      `a text payload of ${size} bytes is taken, and sent with its shortest length`,
      async (line) => {
        const sent = "x".repeat(size);
        line.peer.send(text(sent));
        const frame = await line.peer.frame();
        equal(
          [frame.opcode, frame.form, frame.payload.length],
          [TEXT, formOf(size), size],
          "the echo",
        );
      },
    ),
    both(
      "5.2",
      `a binary payload of ${size} bytes is taken, and sent with its shortest length`,
      async (line) => {
        line.peer.send(binary(bytes(size)));
        const frame = await line.peer.frame();
        equal(
          [frame.opcode, frame.form, frame.payload],
          [BINARY, formOf(size), bytes(size)],
          "the echo",
        );
      },
    ),
  ]),
  both("5.2", "a payload of 65536 bytes is taken in pieces of 997", async (line) => {
    await trickle(line, bytesOf(line, binary(bytes(65_536))), 997);
    await echoed(line, [bytes(65_536)]);
  }),
  both(
    "5.2",
    "lengths are in network byte order",
    echoes([binary(bytes(0x0102)), binary(bytes(0x010203))], [bytes(0x0102), bytes(0x010203)]),
  ),
  ...(
    [
      [0, 16],
      [125, 16],
      [0, 64],
      [125, 64],
      [126, 64],
      [65_535, 64],
    ] as const
  ).map(([size, form]) =>
    both(
      "5.2",
      `a length of ${size} in ${form} bits, not its shortest form, fails the connection`,
      fails(1002, [binary(bytes(size), { form })]),
    ),
  ),
  both(
    "5.2",
    "a 64-bit length with its first bit set fails the connection",
    fails([1002, 1009], [binary("x", { declared: 1n << 63n })]),
  ),
  both(
    "5.2",
    "a 64-bit length of all ones fails the connection",
    fails([1002, 1009], [binary("x", { declared: (1n << 64n) - 1n })]),
  ),
  both(
    "5.2",
    "a length beyond any message allowed fails the connection before its payload comes",
    fails(1009, [binary("x", { declared: 1n << 53n })]),
  ),
  both("5.2", "a frame that is sent has no reserved bit set", async ({ peer, journal }) => {
    peer.send(text("a"), binary("b"), { opcode: PING });
    const frames = [await peer.frame(), await peer.frame(), await peer.frame()];
    journal.socket.close();
    frames.push(await peer.frame());
    equal(
      frames.map(({ rsv }) => rsv),
      [0, 0, 0, 0],
      "rsv",
    );
  }),
];

/** Framing: RFC 6455 §5.1 to §5.3. */
export const framing: readonly Requirement[] = [...masking, ...heads];
