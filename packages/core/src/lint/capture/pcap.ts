/** Reads the capture files of libpcap: classic ones and pcapng. */
import { bigEndian, littleEndian, type Reader } from "../bytes.ts";
import { LintError } from "../model.ts";
import type { Capture, Packet } from "./packet.ts";
import { isPcapng, PcapngReader } from "./pcapng.ts";

/** Magic numbers of classic files, as the first four bytes read in network order: the byte order, and ticks per millisecond. */
const CLASSIC: ReadonlyMap<number, readonly [reader: Reader, ticks: number]> = new Map([
  [0xa1b2c3d4, [bigEndian, 1e3]],
  [0xd4c3b2a1, [littleEndian, 1e3]],
  [0xa1b23c4d, [bigEndian, 1e6]],
  [0x4d3cb2a1, [littleEndian, 1e6]],
]);

/** Returns whether this is a capture file. */
export function isCapture(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && (CLASSIC.has(bigEndian.u32(bytes, 0)) || isPcapng(bytes));
}

/** Reads a capture file. @throws {LintError} for one whose head is cut off */
export function readCapture(bytes: Uint8Array): Capture {
  if (isPcapng(bytes)) return new PcapngReader(bytes).read();
  const [reader, ticks] = CLASSIC.get(bigEndian.u32(bytes, 0))!;
  if (bytes.length < 24) throw new LintError("the file ends inside its head");
  const linkType = reader.u32(bytes, 20) & 0xffff;
  const packets: Packet[] = [];
  const notes: { place: number; message: string }[] = [];
  let at = 24;
  while (at + 16 <= bytes.length) {
    const size = reader.u32(bytes, at + 8);
    const data = bytes.subarray(at + 16, at + 16 + size);
    if (data.length < size) break;
    packets.push({
      number: packets.length + 1,
      time: reader.u32(bytes, at) * 1000 + reader.u32(bytes, at + 4) / ticks,
      linkType,
      data,
      length: reader.u32(bytes, at + 12),
    });
    at += 16 + size;
  }
  if (at < bytes.length)
    notes.push({ place: packets.length, message: "the file ends inside a packet" });
  return { format: "pcap", packets, secrets: [], notes };
}
