import { equal, eventually, ok, pass, within } from "../../assertion.ts";
import type { Behaviour } from "../../behaviour.ts";
import type { PublicSocket } from "../harness.ts";
import { echo } from "../../journal.ts";
import { onPair } from "../../wire/line.ts";
import {
  BINARY,
  CLOSE,
  closePayload,
  concat,
  CONTINUATION,
  encodeFrame,
  PING,
  TEXT,
} from "../../wire/frames.ts";
import { roles } from "./roles.ts";

const BLOCK = 64 * 1024;
/** More than the kernel's buffers for a loopback connection take. */
const MOST_BLOCKS = 640;
/** The bytes that may wait between two ends of which one does not read: in both kernels' buffers and the streams'. */
const MOST_AT_REST = 24 * 1024 * 1024;

function block(number: number): Uint8Array {
  const bytes = new Uint8Array(BLOCK).fill(number & 255);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

/** Sends blocks, heeding back-pressure, until the other end takes no more for a while; returns how many went. */
async function fill(socket: PublicSocket): Promise<number> {
  let drains = 0;
  socket.addEventListener("drain", () => drains++);
  for (let sent = 1; sent < MOST_BLOCKS; sent++) {
    if (socket.send(block(sent - 1))) continue;
    const before = drains;
    for (let patience = 0; drains === before; patience++) {
      if (patience === 30) return sent;
      await pass(3);
    }
  }
  return MOST_BLOCKS;
}

/** Slow readers and slow writers: nothing is lost, and nothing grows without end. */
export const pressure: readonly Behaviour[] = [
  ...roles("tells the sender to wait for a slow reader, and when to go on", (on) =>
    on(async ({ peer, journal: { socket } }) => {
      peer.socket.pause();
      const sent = await fill(socket);
      const drained = new Promise<void>((resolve) => socket.addEventListener("drain", resolve));
      ok(sent < MOST_BLOCKS, "it was never told to wait");
      ok(socket.bufferedAmount > 0, "bufferedAmount while waiting");
      peer.socket.resume();
      await within(drained, "drain");
      for (let at = 0; at < sent; at++)
        equal((await peer.frame()).payload, block(at), `block ${at}`);
      await eventually(() => socket.bufferedAmount === 0, "bufferedAmount to be 0 again");
    }),
  ),
  ...roles("stops taking bytes when paused, and loses none", (on) =>
    on(async ({ peer, journal }) => {
      journal.socket.pause();
      const total = MOST_BLOCKS;
      for (let at = 0; at < total; at++)
        peer.send({ opcode: BINARY, payload: block(at), key: [0, 0, 0, 0] });
      let last = -1;
      while (last !== peer.socket.writableLength) {
        last = peer.socket.writableLength;
        await pass(60);
      }
      ok(
        total * BLOCK - last < MOST_AT_REST,
        `${total * BLOCK - last} bytes were taken while paused`,
      );
      ok(journal.messages.length <= 1, `${journal.messages.length} messages came while paused`);
      journal.socket.resume();
      for (let at = 0; at < total; at++)
        equal(await journal.message(`block ${at}`), block(at), `block ${at}`);
    }),
  ),
  {
    name: "lets the sender's buffer grow while the receiver is paused, and delivers all when it resumes",
    run: (harness) =>
      onPair(harness, async ({ client, server }) => {
        server.socket.pause();
        const sent = await fill(client.socket);
        ok(sent < MOST_BLOCKS, "it was never told to wait");
        for (let at = 0; at < 50; at++) client.socket.send(block(sent + at));
        ok(
          client.socket.bufferedAmount >= 49 * BLOCK,
          `bufferedAmount is ${client.socket.bufferedAmount}`,
        );
        server.socket.resume();
        for (let at = 0; at < sent + 50; at++)
          equal(await server.message(`block ${at}`), block(at), `block ${at}`);
        await eventually(() => client.socket.bufferedAmount === 0, "bufferedAmount to be 0 again");
      }),
  },
  ...roles("sends all that was queued for a slow reader before it answers a close", (on) =>
    on(async ({ peer, journal }) => {
      peer.socket.pause();
      const sent = (await fill(journal.socket)) + 20;
      for (let at = sent - 20; at < sent; at++) journal.socket.send(block(at));
      peer.send({ opcode: CLOSE, payload: closePayload(1000) });
      await pass(20);
      peer.socket.resume();
      for (let at = 0; at < sent; at++)
        equal((await peer.frame()).payload, block(at), `block ${at}`);
      equal((await peer.frame()).opcode, CLOSE, "the answer");
      peer.end();
      const { code, wasClean } = await journal.close();
      equal([code, wasClean], [1000, true], "close");
    }),
  ),
  {
    name: "does not stall when neither end heeds back-pressure",
    run: (harness) =>
      onPair(
        harness,
        async ({ client }) => {
          const total = 224; // 14 MiB: more than kernels hold, and less than maxBufferedBytes
          for (let at = 0; at < total; at++) client.socket.send(block(at));
          for (let at = 0; at < total; at++)
            equal(await client.message(`echo ${at}`), block(at), `echo ${at}`);
        },
        echo,
      ),
  },
];

/** Memory that a peer may not make the library hold. */
export const limits: readonly Behaviour[] = [
  ...roles("closes with 1009 as soon as a message is declared too big", (on) =>
    on(
      async ({ peer, journal }) => {
        peer.send({ opcode: BINARY, declared: 1001n, payload: "not all of it" });
        equal((await peer.frame()).payload.subarray(0, 2), Uint8Array.of(0x03, 0xf1), "close code");
        peer.end();
        equal(
          [(await journal.close()).code, journal.messages.length],
          [1009, 0],
          "code and messages",
        );
      },
      undefined,
      { maxMessageSize: 1000 },
    ),
  ),
  ...roles("closes with 1009 when fragments add up to too much, at the limit does not", (on) =>
    on(
      async ({ peer, journal }) => {
        peer.send(
          { opcode: BINARY, fin: false, payload: new Uint8Array(600) },
          { opcode: CONTINUATION, payload: new Uint8Array(400) },
        );
        equal(await journal.message(), new Uint8Array(1000), "a message at the limit");
        peer.send(
          { opcode: BINARY, fin: false, payload: new Uint8Array(600) },
          { opcode: CONTINUATION, payload: new Uint8Array(401) },
        );
        equal((await peer.frame()).payload.subarray(0, 2), Uint8Array.of(0x03, 0xf1), "close code");
        peer.end();
        equal((await journal.close()).code, 1009, "code");
      },
      undefined,
      { maxMessageSize: 1000 },
    ),
  ),
  ...roles("closes with 1008 for too many fragments, empty ones too", (on) =>
    on(
      async ({ peer, journal }) => {
        const empty = { opcode: CONTINUATION, fin: false };
        peer.send({ opcode: TEXT, fin: false }, empty, empty, { opcode: CONTINUATION });
        equal(await journal.message(), "", "a message of as many as allowed");
        peer.send({ opcode: TEXT, fin: false }, empty, empty, empty, empty);
        equal((await peer.frame()).payload.subarray(0, 2), Uint8Array.of(0x03, 0xf0), "close code");
        peer.end();
        equal((await journal.close()).code, 1008, "code");
      },
      undefined,
      { maxFragments: 4 },
    ),
  ),
  ...roles("closes with 1013 when too much output waits for a peer that does not read", (on) =>
    on(
      async ({ peer, journal }) => {
        peer.socket.pause();
        for (let at = 0; at < 2 * MOST_BLOCKS && journal.socket.readyState === 1; at++) {
          journal.socket.send(block(at));
          if (at % 32 === 31) await pass(1);
        }
        ok(journal.socket.readyState > 1, "it is still open");
        ok(
          journal.socket.bufferedAmount < 24 * 1024 * 1024,
          `bufferedAmount is ${journal.socket.bufferedAmount}`,
        );
        peer.socket.resume();
        let frame = await peer.frame();
        while (frame.opcode === BINARY) frame = await peer.frame();
        equal(
          [frame.opcode, frame.payload.subarray(0, 2)],
          [CLOSE, Uint8Array.of(0x03, 0xf5)],
          "close code",
        );
        peer.end();
        equal((await journal.close()).code, 1013, "code");
      },
      undefined,
      { maxBufferedBytes: 8 * 1024 * 1024 },
    ),
  ),
  ...roles("holds little for a peer that pings and does not read", (on) =>
    on(
      async ({ peer, journal: { socket } }) => {
        peer.socket.pause();
        const ping = encodeFrame({ opcode: PING, payload: new Uint8Array(125) }, peer.masks);
        const pings = concat(...Array.from({ length: 512 }, () => ping));
        let most = 0;
        for (let at = 0; at < 400 && socket.readyState === 1; at++) {
          peer.write(pings);
          if (at % 4 === 3) await pass(1);
          most = Math.max(most, socket.bufferedAmount);
        }
        ok(most < 4 * 1024 * 1024, `bufferedAmount reached ${most}`);
      },
      undefined,
      { maxBufferedBytes: 2 * 1024 * 1024 },
    ),
  ),
];
