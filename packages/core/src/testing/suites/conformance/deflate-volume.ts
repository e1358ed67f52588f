import { equal } from "../../assertion.ts";
import { BINARY, CLOSE, concat } from "../../wire/frames.ts";
import { ALONE, ALONE_TERMS, KEEP, RSV1, row } from "./deflate-messages.ts";
import { close, type Exchange, type Requirement } from "./requirement.ts";
import { cut } from "./volume.ts";

/** The sizes of Autobahn's sections 12 and 13, and those beside them. */
const SIZES: readonly number[] = [
  0, 1, 16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072,
];

/** Easy to compress, and never the same twice in the window of a small message. */
const sample = (size: number, seed: number): Uint8Array =>
  new Uint8Array(size).map((_, at) => 97 + (((at * at + seed) >>> 5) % 23));

/** `data` as DEFLATE may always put it: in blocks that are not compressed (RFC 1951 §3.2.4), and the empty one of the flush without its end. */
function stored(data: Uint8Array): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += 65_535) {
    const block = data.subarray(at, at + 65_535);
    const { length } = block;
    blocks.push(
      Uint8Array.of(0, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255),
      block,
    );
  }
  return concat(...blocks, Uint8Array.of(0));
}

/** A run of `size` zeros in few bytes: a literal, and then matches of 258 and of 3, one octet back, in fixed codes (RFC 1951 §3.2.6). */
function bomb(size: number): Uint8Array {
  const bits: number[] = [];
  const put = (code: number, length: number): void => {
    for (let bit = length - 1; bit >= 0; bit--) bits.push((code >> bit) & 1);
  };
  bits.push(0, 1, 0); // not final; fixed codes
  put(0x30, 8);
  let left = size - 1;
  for (; left >= 258; left -= 258) put(0b11000101_00000, 13);
  for (; left >= 3; left -= 3) put(0b0000001_00000, 12);
  for (; left > 0; left--) put(0x30, 8);
  put(0, 7);
  bits.push(0, 0, 0); // the flush: a block that is not compressed, and empty
  return new Uint8Array(Math.ceil(bits.length / 8)).map((_, at) =>
    bits.slice(at * 8, at * 8 + 8).reduce((byte, bit, place) => byte | (bit << place), 0),
  );
}

/**
 * Messages of every size come compressed, whole and in fragments. The peer sends compressed echoes back, and they inflate to the same: where they
 * stand `alone`, for otherwise they refer to the library's messages, not to the peer's.
 */
const sizes =
  (alone: boolean): Exchange =>
  async ({ peer, journal }) => {
    for (const [at, size] of SIZES.entries()) {
      for (const fragment of [Infinity, 256, 1021]) {
        const sent = sample(size, at);
        peer.send(...cut(BINARY, stored(sent), fragment, RSV1));
        equal(await journal.message(), sent, `${size} octets, fragments of ${fragment}`);
        const { rsv, payload } = await peer.frame(`the echo of ${size} octets`);
        if (rsv === 0) equal(payload, sent, "the echo");
        else if (alone) {
          peer.send({ opcode: BINARY, rsv, payload });
          equal(await journal.message(), sent, `the echo of ${size} octets, read back`);
          await peer.frame("the echo of the echo");
        }
      }
    }
  };

/** The peer closes, and ends its side at once: the echo, which takes time to compress, goes out all the same, and then the close. */
const endsAtOnce: Exchange = async ({ peer, journal }) => {
  const sent = sample(500_000, 1);
  peer.send({ opcode: BINARY, payload: sent }, { opcode: BINARY, payload: "last" }, close(1000));
  peer.end();
  equal((await peer.frame("the echo")).opcode, BINARY, "the echo");
  equal((await peer.frame("the last echo")).opcode, BINARY, "the last echo");
  equal((await peer.frame("the close")).opcode, CLOSE, "the close");
  equal((await journal.close()).wasClean, true, "clean");
};

const LIMIT = 100_000;

const limited: Exchange = async ({ peer, journal }) => {
  peer.send({ opcode: BINARY, rsv: RSV1, payload: bomb(LIMIT) });
  equal(((await journal.message()) as Uint8Array).length, LIMIT, "the message of just the size");
  await peer.frame("its echo");
  peer.send({ opcode: BINARY, rsv: RSV1, payload: bomb(LIMIT + 1) });
  const { opcode, payload } = await peer.frame("the close");
  equal([opcode, (payload[0]! << 8) | payload[1]!], [CLOSE, 1009], "the close");
  if (!peer.masks) peer.end();
  await peer.whenEnded();
  peer.end();
  equal(
    [(await journal.close()).code, journal.messages.length],
    [1009, 1],
    "what the application is told",
  );
};

/** Compressed messages of every size, and the limit on them. */
export const deflateVolume: readonly Requirement[] = [
  row(
    "7.2",
    "messages of every size from 0 to 128 KiB, whole and in fragments, contexts kept",
    sizes(false),
  ),
  row(
    "7.2",
    "messages of every size from 0 to 128 KiB, whole and in fragments, each by itself",
    sizes(true),
    ALONE,
    ALONE_TERMS,
  ),
  row(
    "7.2",
    "what is still being compressed when the peer closes, and ends its side, goes out before the answer",
    endsAtOnce,
    ALONE,
    ALONE_TERMS,
  ),
  row(
    "8",
    "the limit on messages counts what they inflate to, to the octet: contexts kept",
    limited,
    { ...KEEP, maxMessageSize: LIMIT },
  ),
  row(
    "8",
    "the limit on messages counts what they inflate to, to the octet: each by itself",
    limited,
    { ...ALONE, maxMessageSize: LIMIT },
    ALONE_TERMS,
  ),
];
