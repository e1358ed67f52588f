/** From a packet to a TCP segment: link types, IPv4 and IPv6, fragments. */
import { joined, u16, u32 } from "../bytes.ts";
import type { Packet } from "./packet.ts";

/** A TCP segment. */
export interface Segment {
  readonly number: number;
  readonly time: number;
  /** `address:port`. */
  readonly from: string;
  readonly to: string;
  readonly sequence: number;
  readonly acknowledged: number | undefined;
  readonly syn: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  /** The captured part of the payload. */
  readonly payload: Uint8Array;
  /** The length of the payload on the wire. */
  readonly length: number;
}

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
/** EtherTypes of VLAN tags (802.1Q, 802.1ad). */
const TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);

/** By LINKTYPE: the offsets of the EtherType and of its payload; or only that of an IP packet. */
const LINKS: ReadonlyMap<number, readonly [header: number, etherType?: number]> = new Map([
  [0, [4]], // NULL: an address family in the byte order of the capturing machine
  [1, [14, 12]], // Ethernet
  [12, [0]], // RAW as OpenBSD numbers it
  [14, [0]],
  [101, [0]], // RAW
  [108, [4]], // LOOP
  [113, [16, 14]], // Linux cooked
  [228, [0]], // IPv4
  [229, [0]], // IPv6
  [276, [20, 0]], // Linux cooked, version 2
]);

export const isKnownLink = (linkType: number): boolean => LINKS.has(linkType);

/** Returns the offset of the IP packet in a packet; `undefined` where it holds none. */
function ipStart({ linkType, data }: Packet): number | undefined {
  const link = LINKS.get(linkType);
  if (link === undefined) return undefined;
  let [at] = link;
  const typeAt = link[1];
  if (typeAt !== undefined) {
    if (data.length < at) return undefined;
    let type = u16(data, typeAt);
    for (; TAGS.has(type) && at + 4 <= data.length; at += 4) type = u16(data, at + 2);
    if (type !== IPV4 && type !== IPV6) return undefined;
  }
  const version = (data[at] ?? 0) >> 4;
  return version === 4 || version === 6 ? at : undefined;
}

/** The payload of an IP packet. */
interface Datagram {
  readonly source: string;
  readonly target: string;
  readonly protocol: number;
  readonly payload: Uint8Array;
  /** The length of the payload on the wire. */
  readonly length: number;
}

const TCP = 6;

/** Reads packets, one after the other. It holds fragments of IP until all have come. */
export class Network {
  private readonly fragments = new Map<string, Fragment[]>();

  /** The segment in a packet; `undefined` where it holds none, or not all of one. */
  segmentOf(packet: Packet): Segment | undefined {
    const at = ipStart(packet);
    if (at === undefined) return undefined;
    const { data, length } = packet;
    const bytes = data.subarray(at);
    const wire = Math.max(length - at, bytes.length);
    const datagram = bytes[0]! >> 4 === 4 ? this.version4(bytes, wire) : this.version6(bytes, wire);
    return datagram?.protocol === TCP ? segmentIn(datagram, packet) : undefined;
  }

  private version4(bytes: Uint8Array, wire: number): Datagram | undefined {
    const header = (bytes[0]! & 15) * 4;
    if (bytes.length < 20 || header < 20 || bytes.length < header) return undefined;
    // 0 where the network card splits data larger than a packet.
    const total = u16(bytes, 2) || wire;
    if (total < header) return undefined;
    const fragment = u16(bytes, 6);
    const source = ipv4(bytes, 12);
    const target = ipv4(bytes, 16);
    const datagram = {
      source,
      target,
      protocol: bytes[9]!,
      payload: bytes.subarray(header, total),
      length: total - header,
    };
    if ((fragment & 0x3fff) === 0) return datagram;
    return this.fragment(`${source} ${target} ${bytes[9]!} ${u16(bytes, 4)}`, datagram, {
      offset: (fragment & 0x1fff) * 8,
      more: (fragment & 0x2000) !== 0,
    });
  }

  private version6(bytes: Uint8Array, wire: number): Datagram | undefined {
    if (bytes.length < 40) return undefined;
    const total = 40 + (u16(bytes, 4) || wire - 40);
    const source = ipv6(bytes, 8);
    const target = ipv6(bytes, 24);
    let next = bytes[6]!;
    let at = 40;
    // Hop-by-hop options, routing, destination options.
    while ((next === 0 || next === 43 || next === 60) && at + 8 <= bytes.length) {
      next = bytes[at]!;
      at += (bytes[at + 1]! + 1) * 8;
    }
    const datagram = (protocol: number, start: number): Datagram => ({
      source,
      target,
      protocol,
      payload: bytes.subarray(start, total),
      length: Math.max(0, total - start),
    });
    if (next !== 44 || at + 8 > bytes.length) return datagram(next, at);
    const field = u16(bytes, at + 2);
    return this.fragment(
      `${source} ${target} ${u32(bytes, at + 4)}`,
      datagram(bytes[at]!, at + 8),
      { offset: field & 0xfff8, more: (field & 1) !== 0 },
    );
  }

  /** Holds a fragment, and returns the datagram that it completes. */
  private fragment(
    key: string,
    datagram: Datagram,
    { offset, more }: { readonly offset: number; readonly more: boolean },
  ): Datagram | undefined {
    const known = this.fragments.get(key) ?? [];
    if (!known.some((other) => other.offset === offset)) known.push({ offset, more, datagram });
    known.sort((a, b) => a.offset - b.offset);
    this.fragments.set(key, known);
    let end = 0;
    for (const { offset: at, datagram: part } of known) {
      if (at > end || part.payload.length < part.length) return undefined;
      end = Math.max(end, at + part.length);
    }
    if (known[known.length - 1]!.more) return undefined;
    this.fragments.delete(key);
    const payload = joined(known.map(({ datagram: part }) => part.payload));
    return { ...known[0]!.datagram, payload, length: payload.length };
  }
}

interface Fragment {
  readonly offset: number;
  readonly more: boolean;
  readonly datagram: Datagram;
}

function segmentIn(
  { source, target, payload, length }: Datagram,
  packet: Packet,
): Segment | undefined {
  if (payload.length < 20) return undefined;
  const header = (payload[12]! >> 4) * 4;
  if (header < 20 || length < header) return undefined;
  const flags = payload[13]!;
  return {
    number: packet.number,
    time: packet.time,
    from: `${source}:${u16(payload, 0)}`,
    to: `${target}:${u16(payload, 2)}`,
    sequence: u32(payload, 4),
    acknowledged: (flags & 16) === 0 ? undefined : u32(payload, 8),
    syn: (flags & 2) !== 0,
    fin: (flags & 1) !== 0,
    rst: (flags & 4) !== 0,
    payload: payload.subarray(header),
    length: length - header,
  };
}

const ipv4 = (bytes: Uint8Array, at: number): string =>
  `${bytes[at]!}.${bytes[at + 1]!}.${bytes[at + 2]!}.${bytes[at + 3]!}`;

/** In brackets, the longest run of zeros as `::` (RFC 5952). */
function ipv6(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => u16(bytes, at + 2 * index).toString(16));
  let first = 0;
  let count = 1;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (groups[end] === "0") end++;
    if (end - start > count) [first, count] = [start, end - start];
  }
  const text =
    count === 1
      ? groups.join(":")
      : `${groups.slice(0, first).join(":")}::${groups.slice(first + count).join(":")}`;
  return `[${text}]`;
}
