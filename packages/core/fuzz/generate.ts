import zlib from "node:zlib";
import type { Timer } from "../src/actions.ts";
import { utf8 } from "../src/testing/wire/bytes.ts";
import { concat, encodeFrame, type FrameInit } from "../src/testing/wire/frames.ts";
import { Random } from "./random.ts";
import type { Operation, Script } from "./script.ts";

const TIMERS: readonly Timer[] = ["handshake", "close", "ping", "pong"];

/** The script of a seed. */
export function scriptOf(seed: number): Script {
  const random = new Random(seed);
  const role = random.chance(0.35) ? "client" : "server";
  const version =
    role === "client"
      ? "hybi-13"
      : random.pick(["hybi-13", "hybi-13", "hybi-8", "hybi-7", "hixie-76", "hixie-75"] as const);
  const isHixie = version.startsWith("hixie");
  const setting = {
    role,
    version,
    opening: random.chance(0.92) ? random.below(300) : undefined,
    parsed: random.chance(0.3),
    decision: random.pick(["accept", "accept", "accept", "accept", "later", "reject"] as const),
    compression: isHixie ? "none" : random.pick(["none", "zlib", "slow", "chain"] as const),
    options: {
      maxMessageSize: random.pick([64, 1000, 5000]),
      maxFragments: random.pick([2, 5, 50]),
      maxBufferedBytes: random.pick([200, 5000, 100_000]),
      maxPongs: random.pick([1, 3, 64]),
      maxHeadSize: 2000,
      overflow: random.pick(["close", "close", "drop"] as const),
      pingInterval: random.pick([0, 0, 1000]),
      ownsChunks: random.chance(0.5),
      maxStreamSize: random.pick([500, 100_000]),
      delivery: random.pick(["message", "message", "message", "fragment"] as const),
    },
    settle: random.pick(["well", "well", "badly"] as const),
    finish: random.pick(["end", "error", "timers"] as const),
  } satisfies Omit<Script, "operations">;
  const operations = Array.from({ length: 1 + random.below(random.pick([6, 25, 60])) }, () =>
    operation(random, setting, 0),
  );
  return { ...setting, operations };
}

type Setting = Omit<Script, "operations">;

function operation(random: Random, setting: Setting, depth: number): Operation {
  if (depth === 0 && random.chance(0.55)) return input(random, setting);
  if (depth < 2 && random.chance(0.2)) return ["within", operation(random, setting, depth + 1)];
  return depth === 0 || random.chance(0.9) ? command(random) : input(random, setting);
}

function input(random: Random, setting: Setting): Operation {
  const kind = random.below(30);
  if (kind === 0) return ["end"];
  if (kind === 1 && random.chance(0.4)) return ["error"];
  if (kind === 2) return ["timer", random.pick(TIMERS)];
  if (kind === 3) return ["backlog", random.pick([0, 0, 100, 5000, 200_000])];
  if (kind < 9 && /slow|chain/.test(setting.compression))
    return ["settle", random.chance(0.8) ? "well" : "badly"];
  return ["receive", Buffer.from(stream(random, setting)).toString("hex")];
}

/** The application's commands, the more often the more often they are named. */
const COMMANDS: readonly ((random: Random) => Operation)[] = [
  sending,
  sending,
  sending,
  (random) => [
    "fragment",
    random.pick(["text", "binary"] as const),
    random.size(),
    random.chance(0.4),
  ],
  (random) => [random.pick(["ping", "pong"] as const), random.below(130)],
  closing,
  closing,
  (random) => [random.chance(0.3) ? "terminate" : "accept"],
  () => ["pause"],
  () => ["pause"],
  () => ["resume"],
  () => ["resume"],
  () => ["cork"],
  () => ["flush"],
  () => ["uncork"],
  () => ["uncork"],
  (random) => ["deliver", random.pick(["message", "fragment"] as const)],
  (random) => [random.pick(["accept", "accept", "reject"] as const)],
];

const command = (random: Random): Operation => random.pick(COMMANDS)(random);

function sending(random: Random): Operation {
  return [
    random.pick(["text", "textBytes", "binary", "parts", "prepared"] as const),
    random.size(),
    random.chance(0.8),
  ];
}

function closing(random: Random): Operation {
  return ["close", random.pick([null, 1000, 1001, 3000, 4999, 1005, 70_000]), random.below(130)];
}

/** Bytes that a peer sends: mostly well-formed, at times cut, changed in an octet, or noise. */
function stream(random: Random, setting: Setting): Uint8Array {
  const pieces = Array.from({ length: 1 + random.below(5) }, () => piece(random, setting));
  let bytes = concat(...pieces);
  if (random.chance(0.15)) bytes = bytes.slice(0, random.below(bytes.length + 1));
  if (random.chance(0.05) && bytes.length > 0)
    bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
  return bytes;
}

function piece(random: Random, setting: Setting): Uint8Array {
  if (random.chance(0.02)) return random.bytes(random.below(40));
  if (random.chance(0.02))
    return utf8(
      random.pick([
        "HTTP/1.1 101 X\r\n",
        "\r\n",
        "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
      ]),
    );
  if (setting.version.startsWith("hixie")) return hixiePiece(random);
  return concat(
    ...framesOf(random, setting).map((frame) => encodeFrame(frame, setting.role === "server")),
  );
}

function framesOf(random: Random, setting: Setting): FrameInit[] {
  switch (random.below(12)) {
    case 0:
      return [
        {
          opcode: random.below(16),
          payload: random.bytes(random.size()),
          fin: random.chance(0.8),
          rsv: random.chance(0.9) ? 0 : random.below(8),
        },
      ];
    case 1:
      return [close(random)];
    case 2:
    case 3:
      return Array.from({ length: random.pick([1, 1, 2, 40]) }, () => ({
        opcode: random.pick([9, 9, 10]),
        payload: random.bytes(random.below(126)),
      }));
    case 4:
      return [
        {
          opcode: 2,
          declared: BigInt(random.pick([0, 1000, 65_536, 2 ** 40])),
          form: 64,
          payload: "",
        },
      ];
    default:
      return message(random, setting.compression !== "none" && random.chance(0.6));
  }
}

/** A message in one frame or several, with control frames in between. */
function message(random: Random, compressed: boolean): FrameInit[] {
  const isText = random.chance(0.5);
  const plain = isText ? text(random, random.size()) : random.bytes(random.size());
  const data = compressed ? compress(random, plain) : plain;
  const cuts = Array.from({ length: random.pick([0, 0, 1, 3, 8]) }, () =>
    random.below(data.length + 1),
  ).sort((a, b) => a - b);
  const frames = [...cuts, data.length].map((end, at): FrameInit => ({
    opcode: at > 0 ? 0 : isText ? 1 : 2,
    payload: data.slice(cuts[at - 1] ?? 0, end),
    fin: at === cuts.length,
    rsv: at === 0 && compressed ? random.pick([4, 4, 4, 2, 6]) : 0,
  }));
  return random.chance(0.3)
    ? frames.flatMap((frame) => [frame, { opcode: 9, payload: "p" }])
    : frames;
}

function text(random: Random, size: number): Uint8Array {
  const bytes = utf8(
    Array.from({ length: size }, () => random.pick(["a", "b", "é", "€", "😀"])).join(""),
  );
  return random.chance(0.9) ? bytes : bytes.slice(0, Math.max(0, bytes.length - 1));
}

function compress(random: Random, data: Uint8Array): Uint8Array {
  if (random.chance(0.05)) return random.bytes(random.below(30));
  if (random.chance(0.05))
    return zlib
      .deflateRawSync(new Uint8Array(200_000), { finishFlush: zlib.constants.Z_SYNC_FLUSH })
      .subarray(0, -4);
  const finishFlush = random.chance(0.9) ? zlib.constants.Z_SYNC_FLUSH : zlib.constants.Z_FINISH;
  const whole = zlib.deflateRawSync(data, { finishFlush });
  return finishFlush === zlib.constants.Z_SYNC_FLUSH
    ? whole.subarray(0, -4)
    : concat(whole, Uint8Array.of(0));
}

function close(random: Random): FrameInit {
  const code = random.pick([1000, 1001, 1005, 1011, 3000, 4999, 5000]);
  return {
    opcode: 8,
    payload: random.chance(0.2)
      ? random.bytes(random.below(3))
      : concat(Uint8Array.of(code >> 8, code & 255), text(random, random.below(20))),
  };
}

function hixiePiece(random: Random): Uint8Array {
  switch (random.below(8)) {
    case 0:
      return Uint8Array.of(0xff, 0);
    case 1:
      return concat(Uint8Array.of(0x80 | random.below(128)), random.bytes(random.below(12)));
    case 2:
      return concat(
        Uint8Array.of(random.below(128)),
        text(random, random.size()),
        Uint8Array.of(0xff),
      );
    default:
      return concat(Uint8Array.of(0), text(random, random.size()), Uint8Array.of(0xff));
  }
}
