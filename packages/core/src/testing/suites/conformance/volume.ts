import { equal } from "../../assertion.ts";
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  type FrameInit,
  octets,
  PING,
  PONG,
  TEXT,
} from "../../wire/frames.ts";
import { both, close, echoed, type Exchange, type Requirement, text } from "./requirement.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** `payload` in frames of `size` octets. */
export function cut(opcode: number, payload: Uint8Array, size: number, rsv = 0): FrameInit[] {
  const count = Math.max(1, Math.ceil(payload.length / size));
  return Array.from({ length: count }, (_, at): FrameInit => ({
    opcode: at === 0 ? opcode : CONTINUATION,
    rsv: at === 0 ? rsv : 0,
    fin: at === count - 1,
    payload: payload.subarray(at * size, (at + 1) * size),
  }));
}

const cycle = (size: number): Uint8Array => new Uint8Array(size).map((_, at) => at * 7);

const fragmented =
  (size: number, fragment: number): Exchange =>
  async (line) => {
    const payload = cycle(size);
    line.peer.send(...cut(BINARY, payload, fragment));
    await echoed(line, [payload]);
  };

/** Much at once, and often: Autobahn's sections 9 and 10. */
export const volume: readonly Requirement[] = [
  ...(
    [
      [4 * MIB, 64, "64 octets"],
      [4 * MIB, 64 * KIB, "64 KiB"],
      [64 * KIB, 1300, "1300 octets"],
    ] as const
  ).map(([size, fragment, name]) =>
    both(
      "5.4",
      `${size === 4 * MIB ? "4 MiB" : "64 KiB"} in fragments of ${name} are one message`,
      fragmented(size, fragment),
    ),
  ),
  both(
    "5.4",
    "1 MiB of text whose characters are cut by fragments is one message",
    async (line) => {
      const sent = "κόσμε €😀".repeat(MIB / octets("κόσμε €😀").length);
      line.peer.send(...cut(TEXT, octets(sent), 1021));
      await echoed(line, [sent]);
    },
  ),
  both(
    "5.6",
    "a hundred messages of each of seven sizes from 0 to 4096 octets, each when the one before has come back",
    async ({ peer }) => {
      for (const size of [0, 1, 16, 64, 256, 1024, 4096]) {
        for (let again = 0; again < 100; again++) {
          const sent = cycle(size);
          peer.send({ opcode: BINARY, payload: sent });
          equal((await peer.frame()).payload, sent, "the echo");
        }
      }
    },
  ),
  both(
    "5.6",
    "two thousand messages of different sizes sent at once come back in order",
    async ({ peer }) => {
      const sent = Array.from({ length: 2000 }, (_, at) => `${at} ${"x".repeat((at * 31) % 300)}`);
      peer.send(...sent.map((message) => text(message)));
      for (const message of sent)
        equal(new TextDecoder().decode((await peer.frame()).payload), message, "the echo");
    },
  ),
  both(
    "5.5.1",
    "messages that come before a close are answered whole, and then the close; a ping behind it is not",
    async ({ peer, journal }) => {
      const sent = cycle(256 * KIB);
      peer.send({ opcode: BINARY, payload: sent }, text("last"), close(1000), { opcode: PING });
      equal((await peer.frame()).payload, sent, "the first echo");
      equal(new TextDecoder().decode((await peer.frame()).payload), "last", "the second");
      equal((await peer.frame()).opcode, CLOSE, "the close");
      if (!peer.masks) peer.end();
      await peer.whenEnded();
      equal(peer.pending.length, 0, "bytes after the close frame");
      peer.end();
      equal((await journal.close()).wasClean, true, "clean");
    },
  ),
  both(
    "5.5.2",
    "a ping between the fragments of a large message is answered before the message ends",
    async (line) => {
      const payload = cycle(MIB);
      const frames = cut(BINARY, payload, 64 * KIB);
      line.peer.send(...frames.slice(0, 8), { opcode: PING, payload: "half" });
      equal((await line.peer.frame()).opcode, PONG, "the pong");
      line.peer.send(...frames.slice(8));
      await echoed(line, [payload]);
    },
  ),
];
