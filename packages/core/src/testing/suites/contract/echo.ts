import { equal, within } from "../../assertion.ts";
import type { Behaviour } from "../../behaviour.ts";
import { echo } from "../../journal.ts";
import { onPair } from "../../wire/line.ts";
import { BINARY, CONTINUATION, encodeFrame, PING, PONG, TEXT } from "../../wire/frames.ts";
import { roles } from "./roles.ts";

/** Where the length takes another form (RFC 6455 §5.2), and one that spans many chunks. */
const SIZES = [0, 1, 125, 126, 65_535, 65_536, 16 * 1024 * 1024] as const;

/** Octets of every value, in an order that a shift by one would show. */
function pattern(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 31 + (at >> 8)) & 255;
  return bytes;
}

/** Text of `size` UTF-8 bytes with characters of one, two, three and four. */
function prose(size: number): string {
  const unit = "aé€😀"; // 10 bytes
  return unit.repeat(Math.floor(size / 10)) + "z".repeat(size % 10);
}

function echoes(kind: string, size: number, message: () => string | Uint8Array): Behaviour {
  return {
    name: `echoes ${kind} of ${size} bytes`,
    run: (harness) =>
      onPair(
        harness,
        async ({ client }) => {
          const sent = message();
          client.socket.send(sent);
          equal(await client.message(), sent, "the echo");
        },
        echo,
      ),
  };
}

/** Messages there and back. */
export const echoing: readonly Behaviour[] = [
  ...SIZES.map((size) => echoes("binary", size, () => pattern(size))),
  ...SIZES.map((size) => echoes("text", size, () => prose(size))),
  ...roles("keeps the order of a thousand messages of both kinds", (on) =>
    on(async ({ peer }) => {
      const frames = Array.from({ length: 1000 }, (_, at) => ({
        opcode: at % 3 === 0 ? BINARY : TEXT,
        payload: `message ${at}`,
      }));
      peer.send(...frames);
      for (const sent of frames) {
        const frame = await peer.frame();
        equal(
          [frame.opcode, new TextDecoder().decode(frame.payload)],
          [sent.opcode, sent.payload],
          "echo",
        );
      }
    }, echo),
  ),
  ...roles("joins fragments, answers a ping between them first", (on) =>
    on(async ({ peer, journal }) => {
      peer.send({ opcode: TEXT, fin: false, payload: "one " }, { opcode: PING, payload: "?" });
      const pong = await peer.frame();
      equal([pong.opcode, pong.payload], [PONG, Uint8Array.of(63)], "the pong");
      equal(journal.messages.length, 0, "messages before the last fragment");
      peer.send(
        { opcode: CONTINUATION, fin: false, payload: "two " },
        { opcode: CONTINUATION, payload: "three" },
      );
      equal(new TextDecoder().decode((await peer.frame()).payload), "one two three", "the message");
    }, echo),
  ),
  ...roles("takes a frame that comes an octet at a time", (on) =>
    on(async ({ peer }) => {
      const frames = [
        { opcode: PING, payload: "p" },
        { opcode: TEXT, payload: "héllo" },
      ];
      for (const frame of frames)
        for (const octet of encodeFrame(frame, peer.masks)) peer.write(Uint8Array.of(octet));
      equal((await peer.frame()).opcode, PONG, "the pong");
      equal(new TextDecoder().decode((await peer.frame()).payload), "héllo", "the echo");
    }, echo),
  ),
  {
    name: "pings, and calls back when the pong comes",
    run: (harness) =>
      onPair(harness, async ({ client, server }) => {
        for (const from of [client, server]) {
          const order: string[] = [];
          await within(
            new Promise<void>((resolve) => {
              from.socket.ping("first", () => order.push("first"));
              from.socket.ping("second", () => {
                order.push("second");
                resolve();
              });
            }),
            "the pongs",
          );
          equal(order, ["first", "second"], "callbacks");
        }
      }),
  },
  {
    name: "sends what was queued in one go before a close",
    run: (harness) =>
      onPair(harness, async ({ client, server }) => {
        for (let at = 0; at < 100; at++) client.socket.send(`message ${at}`);
        client.socket.close(1000, "done");
        equal((await server.close()).reason, "done", "reason");
        equal(server.messages.length, 100, "messages");
      }),
  },
];
