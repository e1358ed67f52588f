/** Reads pcapng (draft-ietf-opsawg-pcapng): sections, interfaces, packets, and the secrets of TLS. */
import { latin1Of } from "../../http/latin1.ts";
import { bigEndian, littleEndian, type Reader } from "../bytes.ts";
import type { Capture, Packet } from "./packet.ts";

const SECTION = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const SECRETS = 10;
/** A key log of TLS, among kinds of secrets. */
const TLS_KEY_LOG = 0x544c534b;

export const isPcapng = (bytes: Uint8Array): boolean =>
  bytes.length >= 12 && bigEndian.u32(bytes, 0) === SECTION;

/** An interface's block: the properties of its packets. */
interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  /** Ticks in a millisecond. */
  readonly ticks: number;
  /** Seconds to add to each time. */
  readonly offset: number;
}

export class PcapngReader {
  private readonly bytes: Uint8Array;
  private readonly packets: Packet[] = [];
  private readonly secrets: string[] = [];
  private readonly notes: { place: number; message: string }[] = [];
  private interfaces: Interface[] = [];
  private reader: Reader = littleEndian;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  read(): Capture {
    const { bytes, packets, secrets, notes } = this;
    let at = 0;
    while (at + 12 <= bytes.length) {
      const size = this.blockSize(at);
      if (size < 12 || size % 4 !== 0 || at + size > bytes.length) break;
      this.block(this.reader.u32(bytes, at), bytes.subarray(at + 8, at + size - 4));
      at += size;
    }
    if (at < bytes.length)
      notes.push({ place: packets.length, message: "the file ends inside a block" });
    return { format: "pcapng", packets, secrets, notes };
  }

  /** Returns the size of the block at `at`. A section sets the byte order of itself and all blocks after it. */
  private blockSize(at: number): number {
    const { bytes } = this;
    if (bigEndian.u32(bytes, at) === SECTION) {
      this.reader = bigEndian.u32(bytes, at + 8) === BYTE_ORDER ? bigEndian : littleEndian;
      this.interfaces = [];
    }
    return this.reader.u32(bytes, at + 4);
  }

  private block(type: number, body: Uint8Array): void {
    if (type === INTERFACE && body.length >= 8) this.interfaces.push(this.interfaceOf(body));
    else if (type === ENHANCED_PACKET && body.length >= 20)
      this.packet(this.reader.u32(body, 0), body, 4, 20);
    else if (type === OLD_PACKET && body.length >= 20)
      this.packet(this.reader.u16(body, 0), body, 4, 20);
    else if (type === SIMPLE_PACKET && body.length >= 4) this.simplePacket(body);
    else if (type === SECRETS && body.length >= 8 && this.reader.u32(body, 0) === TLS_KEY_LOG)
      this.secrets.push(latin1Of(body, 8, 8 + Math.min(this.reader.u32(body, 4), body.length - 8)));
  }

  private interfaceOf(body: Uint8Array): Interface {
    const { reader } = this;
    let ticks = 1e3;
    let offset = 0;
    for (let at = 8; at + 4 <= body.length;) {
      const code = reader.u16(body, at);
      const size = reader.u16(body, at + 2);
      if (code === 0 || at + 4 + size > body.length) break;
      if (code === 9 && size === 1) ticks = ticksOf(body[at + 4]!);
      if (code === 14 && size === 8) offset = this.u64(body, at + 4);
      at += 4 + Math.ceil(size / 4) * 4;
    }
    return { linkType: reader.u16(body, 0), snapLength: reader.u32(body, 4), ticks, offset };
  }

  private u64(body: Uint8Array, at: number): number {
    const [low, high] = this.reader === littleEndian ? [at, at + 4] : [at + 4, at];
    return this.reader.u32(body, high) * 2 ** 32 + this.reader.u32(body, low);
  }

  private packet(index: number, body: Uint8Array, timeAt: number, dataAt: number): void {
    const { reader, packets } = this;
    const known = this.interfaces[index];
    const number = packets.length + 1;
    if (known === undefined)
      this.notes.push({
        place: number,
        message: `the packet is of interface ${index}, which the file does not describe`,
      });
    const { linkType = -1, ticks = 1e3, offset = 0 } = known ?? {};
    const time = reader.u32(body, timeAt) * 2 ** 32 + reader.u32(body, timeAt + 4);
    const size = Math.min(reader.u32(body, timeAt + 8), body.length - dataAt);
    packets.push({
      number,
      time: offset * 1000 + time / ticks,
      linkType,
      data: body.subarray(dataAt, dataAt + size),
      length: reader.u32(body, timeAt + 12),
    });
  }

  /** A packet without a time, of the first interface. */
  private simplePacket(body: Uint8Array): void {
    const { linkType = -1, snapLength = 0 } = this.interfaces[0] ?? {};
    const length = this.reader.u32(body, 0);
    const size = Math.min(length, snapLength === 0 ? length : snapLength, body.length - 4);
    this.packets.push({
      number: this.packets.length + 1,
      time: this.packets[this.packets.length - 1]?.time ?? 0,
      linkType,
      data: body.subarray(4, 4 + size),
      length,
    });
  }
}

/** if_tsresol: a power of ten, or with the highest bit of two, of a second. */
function ticksOf(resolution: number): number {
  const perSecond = (resolution & 0x80) === 0 ? 10 ** resolution : 2 ** (resolution & 0x7f);
  return perSecond / 1000;
}
