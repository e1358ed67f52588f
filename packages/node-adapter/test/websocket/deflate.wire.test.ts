/** permessage-deflate with a peer that is moved by hand: what is wrong is answered, what is too much is stopped, and zlib's state is freed. */
import { randomBytes } from "node:crypto";
import zlib from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Extension, permessageDeflate } from "@sansocket/core";
import { createZlibCompression, type Zlib, type ZlibStream } from "@sansocket/core/shell";
import type { RawPeer } from "@sansocket/core/testing";
import { connect, type WebSocket, type WebSocketOptions } from "../../src/index.ts";
import { listenRaw } from "../../../core/testing/harness/raw-streams.ts";
import { BINARY, CLOSE, nextClose, rawPeers, TEXT } from "../server/by-hand.ts";
import { acceptKeyOf } from "../server/accept-key.ts";

const { open } = rawPeers();

const DEFLATE = 4; // RSV1
const OFFER = { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" };
const TAKEOVER = { serverNoContextTakeover: false, clientNoContextTakeover: false } as const;
const both: [name: string, options: NonNullable<WebSocketOptions["perMessageDeflate"]>][] = [
  ["no takeover", true],
  ["takeover", TAKEOVER],
];

const pack = (data: string | Uint8Array): Buffer =>
  zlib.deflateRawSync(data, { finishFlush: zlib.constants.Z_SYNC_FLUSH }).subarray(0, -4);
const unpack = (data: Uint8Array): Buffer =>
  zlib.inflateRawSync(data, { finishFlush: zlib.constants.Z_SYNC_FLUSH });

/** The zlib streams that are open, and how many there were: of a zlib that has no use for dictionaries, as Deno's, so that streams are needed. */
function countedZlib(): { extension: Extension; open: () => number; made: () => number } {
  let made = 0;
  let alive = 0;
  const count = (stream: ZlibStream): ZlibStream => {
    const close = stream.close.bind(stream);
    made++;
    alive++;
    stream.close = () => {
      alive--;
      close();
    };
    return stream;
  };
  const deaf: Zlib = {
    ...zlib,
    deflateRawSync: (data, { dictionary: _, ...options }) => zlib.deflateRawSync(data, options),
    createDeflateRaw: (options) => count(zlib.createDeflateRaw(options)),
    createInflateRaw: (options) => count(zlib.createInflateRaw(options)),
  };
  return {
    extension: permessageDeflate(createZlibCompression(deaf), TAKEOVER),
    open: () => alive,
    made: () => made,
  };
}
afterEach(() => {
  vi.restoreAllMocks();
});

/** The next close frame. */
async function closeOf(peer: RawPeer): Promise<[code: number, reason: string]> {
  const { opcode, payload } = await peer.frame();
  expect(opcode).toBe(CLOSE);
  return [(payload[0]! << 8) | payload[1]!, Buffer.from(payload.subarray(2)).toString()];
}

describe.each(both)("%s", (_, perMessageDeflate) => {
  const answers: [name: string, bytes: Buffer, code: number][] = [
    ["garbage", Buffer.from("this was never compressed"), 1007],
    ["nothing", Buffer.alloc(0), 1007],
    ["a block of no type", Buffer.of(7), 1007],
    ["text that is not UTF-8", pack(Buffer.of(0xc3, 0x28)), 1007],
  ];
  test.each(answers)("%s ends the connection", async (_name, bytes, code) => {
    const { peer, ws } = await open({ perMessageDeflate }, OFFER);
    const closed = nextClose(ws);
    peer.send(
      { opcode: TEXT, rsv: DEFLATE, payload: bytes },
      { opcode: TEXT, payload: "not heard" },
    );
    expect((await closeOf(peer))[0]).toBe(code);
    expect((await closed)[0]).toBe(code);
  });

  test("the limit counts what a message inflates to: to the byte, in fragments or not, a bomb as well", async () => {
    const limit = 200_000;
    for (const [size, fragments] of [
      [limit, 1],
      [limit, 5],
      [limit + 1, 1],
      [limit + 1, 5],
      [50_000_000, 1],
    ] as const) {
      const { peer, ws } = await open({ perMessageDeflate, maxLength: limit }, OFFER);
      const packed = pack(Buffer.alloc(size));
      const step = Math.ceil(packed.length / fragments);
      const heard: number[] = [];
      const closed = nextClose(ws);
      ws.on("data", (data) => {
        heard.push((data as Buffer).length);
      });
      for (let at = 0; at < fragments; at++)
        peer.send({
          opcode: at === 0 ? BINARY : 0,
          rsv: at === 0 ? DEFLATE : 0,
          fin: at === fragments - 1,
          payload: packed.subarray(at * step, (at + 1) * step),
        });
      if (size > limit) {
        expect(await closeOf(peer)).toEqual([1009, "WebSocket frame length too large"]);
        expect([(await closed)[0], heard]).toEqual([1009, []]);
      } else await expect.poll(() => heard).toEqual([limit]);
    }
  });

  test("what compressing has made longer is not held against the limit, but what could never have been so long is", async () => {
    const limit = 3000;
    const { peer, ws } = await open({ perMessageDeflate, maxLength: limit }, OFFER);
    const heard: number[] = [];
    ws.on("data", (data) => {
      heard.push((data as Buffer).length);
    });
    const stored = zlib
      .deflateRawSync(randomBytes(limit), { level: 0, finishFlush: zlib.constants.Z_SYNC_FLUSH })
      .subarray(0, -4);
    expect(stored.length).toBeGreaterThan(limit);
    peer.send({ opcode: BINARY, rsv: DEFLATE, payload: stored });
    await expect.poll(() => heard).toEqual([limit]);
    peer.send({ opcode: BINARY, rsv: DEFLATE, payload: Buffer.alloc(2 * limit) });
    expect(await closeOf(peer)).toEqual([1009, "WebSocket frame length too large"]);
  });

  test("a final block, and a message behind it", async () => {
    const { peer, ws } = await open({ perMessageDeflate }, OFFER);
    const heard: unknown[] = [];
    ws.on("data", (data) => heard.push(data));
    for (const payload of [
      Buffer.concat([zlib.deflateRawSync("one"), Buffer.of(0)]),
      zlib.deflateRawSync("two"),
      pack("three"),
    ])
      peer.send({ opcode: TEXT, rsv: DEFLATE, payload });
    peer.send({ opcode: TEXT, payload: "four" });
    await expect.poll(() => heard).toEqual(["one", "two", "three", "four"]);
  });

  test("what is read behind a message that takes time keeps its place, control frames too", async () => {
    const { peer, ws } = await open({ perMessageDeflate }, OFFER);
    const log: unknown[] = [];
    ws.on("data", (data) => log.push((data as string).length)).on("ping", () => log.push("ping"));
    peer.send(
      { opcode: TEXT, rsv: DEFLATE, payload: pack("x".repeat(1_000_000)) },
      { opcode: 9, payload: "" },
      { opcode: TEXT, payload: "y" },
      { opcode: CLOSE, payload: Buffer.of(3, 232) },
    );
    expect(await nextClose(ws)).toEqual([1000, "", true]);
    expect(log).toEqual([1_000_000, "ping", 1]);
  });

  const wrong: [
    name: string,
    frames: { opcode: number; rsv?: number; fin?: boolean; payload: string }[],
    reason: string,
  ][] = [
    [
      "a bit nobody agreed on",
      [{ opcode: TEXT, rsv: 2, payload: "" }],
      "One or more reserved bits are on: reserved1 = 0, reserved2 = 1, reserved3 = 0",
    ],
    [
      "a compressed control frame",
      [{ opcode: 9, rsv: DEFLATE, payload: "" }],
      "One or more reserved bits are on: reserved1 = 1, reserved2 = 0, reserved3 = 0",
    ],
    [
      "a continuation that says it is compressed",
      [
        { opcode: TEXT, fin: false, payload: "" },
        { opcode: 0, rsv: DEFLATE, payload: "" },
      ],
      "One or more reserved bits are on: reserved1 = 1, reserved2 = 0, reserved3 = 0",
    ],
  ];
  test.each(wrong)("%s: 1002", async (_name, frames, reason) => {
    const { peer } = await open({ perMessageDeflate }, OFFER);
    peer.send(...frames);
    expect(await closeOf(peer)).toEqual([1002, reason]);
  });
});

test("a message that was cut off is invalid, where messages stand alone", async () => {
  const whole = pack("a text that is long enough to be cut");
  const { peer } = await open({ perMessageDeflate: true }, OFFER);
  peer.send({ opcode: TEXT, rsv: DEFLATE, payload: whole.subarray(0, whole.length - 3) });
  expect(await closeOf(peer)).toEqual([1007, "Could not decompress a message"]);
});

test("a compressed message where nothing was agreed: 1002", async () => {
  const { peer } = await open({ perMessageDeflate: true });
  peer.send({ opcode: TEXT, rsv: DEFLATE, payload: pack("x") });
  expect((await closeOf(peer))[0]).toBe(1002);
});

test("the threshold: shorter messages go as they are, those that do not shrink too", async () => {
  const { peer, ws } = await open({ perMessageDeflate: { threshold: 10 } }, OFFER);
  const noise = Buffer.from(
    Uint8Array.from({ length: 200 }, (_, at) => ((at * at * 2_654_435) >> 5) & 255),
  );
  for (const message of ["x".repeat(9), "x".repeat(10), noise]) ws.send(message);
  const frames = [await peer.frame(), await peer.frame(), await peer.frame()];
  expect(frames.map(({ rsv }) => rsv)).toEqual([0, DEFLATE, 0]);
  expect([
    Buffer.from(frames[0]!.payload).toString(),
    unpack(frames[1]!.payload).toString(),
    Buffer.from(frames[2]!.payload).equals(noise),
  ]).toEqual(["x".repeat(9), "x".repeat(10), true]);
});

const parameters: [offer: string, answer: string | undefined][] = [
  [
    "permessage-deflate",
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
  ],
  [
    "permessage-deflate; server_max_window_bits=9",
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9",
  ],
  ...[
    "server_max_window_bits",
    "server_max_window_bits=7",
    "server_max_window_bits=16",
    "server_max_window_bits=08",
    "server_max_window_bits=1e1",
    "server_max_window_bits=9.5",
    "server_max_window_bits=-9",
    'server_max_window_bits=""',
    "server_max_window_bits=9; server_max_window_bits=9",
    "client_max_window_bits=7",
    "client_max_window_bits=x",
    "server_no_context_takeover=1",
    "client_no_context_takeover=true",
    "unknown",
    "level=9",
    "__proto__",
    "constructor=5",
    "hasOwnProperty",
    "dictionary=a",
  ].map((parameter): [string, undefined] => [`permessage-deflate; ${parameter}`, undefined]),
  [
    'permessage-deflate; unknown, permessage-deflate; client_max_window_bits="10"',
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=10",
  ],
  [
    "x-webkit-deflate-frame, permessage-deflate",
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
  ],
];
test.each(parameters)(
  "the offer %s is answered %s, and what is invalid never reaches zlib",
  async (offer, answer) => {
    const deflate = vi.spyOn(zlib, "deflateRawSync");
    const { ws, peer } = await open(
      { perMessageDeflate: TAKEOVER },
      { "Sec-WebSocket-Extensions": offer },
    );
    expect(ws.extensions).toBe(
      (answer ?? "").replace(/; (?:server|client)_no_context_takeover/g, ""),
    );
    deflate.mockClear();
    ws.send("x".repeat(2000));
    expect((await peer.frame()).rsv).toBe(answer === undefined ? 0 : DEFLATE);
    expect(deflate).toHaveBeenCalledTimes(answer === undefined ? 0 : 1);
    ws.terminate();
  },
);

describe("zlib's state is freed", () => {
  const ends: [name: string, end: (peer: RawPeer, ws: WebSocket) => void][] = [
    [
      "by the peer's close",
      (peer) => {
        peer.send({ opcode: CLOSE, payload: Buffer.of(3, 232) });
      },
    ],
    [
      "by our close, answered",
      (peer, ws) => {
        ws.close();
        void peer.frame().then(() => {
          peer.send({ opcode: CLOSE, payload: Buffer.of(3, 232) });
        });
      },
    ],
    [
      "by our close, never answered",
      (_, ws) => {
        ws.close();
      },
    ],
    [
      "by terminate()",
      (_, ws) => {
        ws.terminate();
      },
    ],
    [
      "by the end of the stream",
      (peer) => {
        peer.end();
      },
    ],
    [
      "by its reset",
      (peer) => {
        peer.reset();
      },
    ],
    [
      "by a violation",
      (peer) => {
        peer.send({ opcode: 3, payload: "" });
      },
    ],
    [
      "by garbage",
      (peer) => {
        peer.send({ opcode: TEXT, rsv: DEFLATE, payload: "garbage" });
      },
    ],
    [
      "by a bomb",
      (peer) => {
        peer.send({ opcode: BINARY, rsv: DEFLATE, payload: pack(Buffer.alloc(1_000_000)) });
      },
    ],
    [
      "with a message under way inwards",
      (peer, ws) => {
        peer.send({ opcode: BINARY, rsv: DEFLATE, payload: pack(Buffer.alloc(90_000)) });
        setImmediate(() => {
          ws.terminate();
        });
      },
    ],
    [
      "with many messages under way outwards",
      (_, ws) => {
        for (let at = 0; at < 50; at++) ws.send(Buffer.alloc(90_000));
        ws.terminate();
      },
    ],
    [
      "with many messages under way outwards, and a close",
      (peer, ws) => {
        for (let at = 0; at < 50; at++) ws.send(Buffer.alloc(90_000));
        ws.close();
        peer.destroy();
      },
    ],
  ];
  test.each(ends)("%s", async (_, end) => {
    const watched = countedZlib();
    const { peer, ws } = await open(
      { extensions: watched.extension, maxLength: 100_000, closeTimeout: 50 },
      OFFER,
    );
    const heard = new Promise((resolve) => ws.once("data", resolve));
    peer.send({ opcode: TEXT, rsv: DEFLATE, payload: pack("hello") });
    ws.send("x".repeat(2000));
    await heard;
    await peer.frame();
    expect([watched.open(), watched.made()]).toEqual([2, 2]);
    const closed = nextClose(ws);
    end(peer, ws);
    await closed;
    await expect.poll(() => watched.open()).toBe(0);
    expect(process.getActiveResourcesInfo().filter((name) => /zlib/i.test(name))).toEqual([]);
  });

  test.each(both)("there is none on Node, whatever was sent: %s", async (_, perMessageDeflate) => {
    const made = [vi.spyOn(zlib, "createDeflateRaw"), vi.spyOn(zlib, "createInflateRaw")];
    const { peer, ws } = await open({ perMessageDeflate }, OFFER);
    const heard = new Promise((resolve) => ws.once("data", resolve));
    peer.send({ opcode: TEXT, rsv: DEFLATE, payload: pack("x".repeat(1_000_000)) });
    ws.send("x".repeat(1_000_000));
    await heard;
    expect((await peer.frame()).rsv).toBe(DEFLATE);
    for (const spy of made) expect(spy).not.toHaveBeenCalled();
  });
});

describe("a client", () => {
  let url: string;
  let peers: RawPeer[];
  let stop: () => Promise<void>;
  /** Fields of the server's response, beside those that every response has. */
  let answer: string;
  beforeEach(async () => {
    peers = [];
    const server = await listenRaw((peer) => {
      peers.push(peer);
      void peer.head().then((head) => {
        peer.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKeyOf(head.get("sec-websocket-key")!)}\r\n${answer}\r\n`,
        );
      });
    }, false);
    ({ url, stop } = server);
  });
  afterEach(() => stop());

  const field = (value: string): string => `Sec-WebSocket-Extensions: ${value}\r\n`;

  test("a bomb of the server's is stopped too", async () => {
    answer = field("permessage-deflate; server_no_context_takeover");
    const client = await connect(url, { perMessageDeflate: true, maxLength: 10_000 });
    const closed = nextClose(client as WebSocket);
    peers[0]!.send({ opcode: BINARY, rsv: DEFLATE, payload: pack(Buffer.alloc(1_000_000)) });
    expect((await closeOf(peers[0]!))[0]).toBe(1009);
    peers[0]!.end();
    expect((await closed)[0]).toBe(1009);
  });

  const refusals: [answer: string, message: RegExp][] = [
    ["permessage-deflate; server_no_context_takeover; client_max_window_bits", /unacceptable/],
    ["permessage-deflate; server_no_context_takeover; server_max_window_bits=16", /unacceptable/],
    ["permessage-deflate; server_no_context_takeover; whatever", /unacceptable/],
    ["permessage-deflate; server_no_context_takeover; server_no_context_takeover", /unacceptable/],
    ["x-other", /unknown extension "x-other"/],
    [
      "permessage-deflate; server_no_context_takeover, permessage-deflate; server_no_context_takeover",
      /unknown extension "permessage-deflate"/,
    ],
    ["permessage-deflate;;", /Invalid Sec-WebSocket-Extensions header/],
  ];
  test.each(refusals)("refuses the answer %s", async (value, message) => {
    answer = field(value);
    await expect(connect(url, { perMessageDeflate: true })).rejects.toThrow(message);
  });
});
