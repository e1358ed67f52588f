/** Captures made by hand: packets of one TCP connection, and files of them in each format. */

export type Side = "client" | "server";

/** A packet to be: which side sends it, and what. */
export interface Said {
  readonly side: Side;
  readonly data?: Uint8Array | string;
  readonly flags?: "S" | "SA" | "F" | "R";
}

export interface Made {
  /** Behind the link layer: an IP packet. */
  readonly ip: Uint8Array;
  readonly ipv6: boolean;
  /** Cut to so many bytes of the whole packet by the snap length. */
  readonly snap?: number;
}

const u16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 65_535)];

const bytesOf = (data: Uint8Array | string): Uint8Array =>
  typeof data === "string" ? Uint8Array.from(Buffer.from(data, "latin1")) : data;

/** The packets of a conversation, sequence and acknowledgement numbers counted. */
export function packetsOf(
  said: readonly Said[],
  { ipv6 = false, first = 0xffff_fff0, port = 50_000 } = {},
): Made[] {
  const next = { client: first, server: 1000 };
  return said.map(({ side, data = "", flags }) => {
    const payload = bytesOf(data);
    const other = side === "client" ? "server" : "client";
    const bits = { S: 2, SA: 18, F: 17, R: 20 }[flags ?? ("" as "S")] ?? 16;
    const ports = side === "client" ? [port, 80] : [80, port];
    const tcp = [
      ...u16(ports[0]!),
      ...u16(ports[1]!),
      ...u32(next[side]),
      ...u32(bits === 2 ? 0 : next[other]),
      0x50,
      bits,
      ...[255, 255, 0, 0, 0, 0],
      ...payload,
    ];
    next[side] =
      (next[side] + payload.length + (flags !== undefined && flags !== "R" ? 1 : 0)) >>> 0;
    return { ip: Uint8Array.from(ipv6 ? ip6(side, tcp) : ip4(side, tcp)), ipv6 };
  });
}

function ip4(side: Side, tcp: readonly number[]): number[] {
  const addresses = [
    [10, 0, 0, 1],
    [10, 0, 0, 2],
  ];
  if (side === "server") addresses.reverse();
  return [
    0x45,
    0,
    ...u16(20 + tcp.length),
    0,
    1,
    0x40,
    0,
    64,
    6,
    0,
    0,
    ...addresses.flat(),
    ...tcp,
  ];
}

function ip6(side: Side, tcp: readonly number[]): number[] {
  const address = (last: number): number[] => [
    0x20,
    1,
    0xd,
    0xb8,
    ...Array<number>(11).fill(0),
    last,
  ];
  const ends = side === "client" ? [address(1), address(2)] : [address(2), address(1)];
  return [0x60, 0, 0, 0, ...u16(tcp.length), 6, 64, ...ends.flat(), ...tcp];
}

/** An IPv4 packet in two fragments, the second first. */
export function fragmented({ ip, ipv6 }: Made): Made[] {
  const head = ip.subarray(0, 20);
  const body = ip.subarray(20);
  const part = (from: number, to: number, more: boolean): Made => {
    const one = Uint8Array.from([...head, ...body.subarray(from, to)]);
    one.set(u16(20 + Math.min(to, body.length) - from), 2);
    one.set(u16((more ? 0x2000 : 0) | (from / 8)), 6);
    return { ip: one, ipv6 };
  };
  return [part(24, body.length, false), part(0, 24, true)];
}

/** The bytes before an IP packet, by link type. */
export const LINKS: Readonly<Record<string, readonly [number, (ipv6: boolean) => number[]]>> = {
  ethernet: [1, (v6) => [...Array<number>(12).fill(2), ...u16(v6 ? 0x86dd : 0x800)]],
  vlan: [1, (v6) => [...Array<number>(12).fill(2), 0x81, 0, 0, 7, ...u16(v6 ? 0x86dd : 0x800)]],
  sll: [113, (v6) => [0, 0, 3, 4, 0, 6, ...Array<number>(8).fill(0), ...u16(v6 ? 0x86dd : 0x800)]],
  sll2: [276, (v6) => [...u16(v6 ? 0x86dd : 0x800), ...Array<number>(18).fill(0)]],
  "null, little endian": [0, (v6) => [v6 ? 30 : 2, 0, 0, 0]],
  "null, big endian": [0, (v6) => [0, 0, 0, v6 ? 10 : 2]],
  loop: [108, (v6) => [0, 0, 0, v6 ? 24 : 2]],
  raw: [101, () => []],
  "raw of IPv4 or IPv6": [228, () => []],
};

interface FileOptions {
  readonly link?: string;
  readonly order?: "big" | "little";
}

const writer =
  (order: "big" | "little") =>
  (value: number, size: 2 | 4): number[] => {
    const bytes = (size === 2 ? u16(value) : u32(value)) as number[];
    return order === "big" ? bytes : bytes.reverse();
  };

/** The packets as they are on the link, and how long each was. */
function framesOf(
  packets: readonly Made[],
  link: string,
): (readonly [data: number[], length: number])[] {
  return packets.map(({ ip, ipv6, snap }) => {
    const whole = [...LINKS[link]![1](ipv6), ...ip];
    return [whole.slice(0, snap ?? whole.length), whole.length];
  });
}

/** A classic file, packets a second apart from 1000 s on. */
export function pcap(
  packets: readonly Made[],
  { link = "ethernet", order = "little", nano = false }: FileOptions & { nano?: boolean } = {},
): Uint8Array {
  const w = writer(order);
  const head = [...w(nano ? 0xa1b23c4d : 0xa1b2c3d4, 4), ...w(2, 2), ...w(4, 2), ...w(0, 4)];
  const file = [...head, ...w(0, 4), ...w(65_535, 4), ...w(LINKS[link]![0], 4)];
  for (const [index, [data, length]] of framesOf(packets, link).entries())
    file.push(
      ...[...w(1000 + index, 4), ...w(nano ? 500_000_000 : 500_000, 4)],
      ...[...w(data.length, 4), ...w(length, 4), ...data],
    );
  return Uint8Array.from(file);
}

/** A pcapng of two interfaces, whose packets alternate; the second counts nanoseconds. */
export function pcapng(
  packets: readonly Made[],
  links: readonly [string, string],
  { order = "little", secrets }: FileOptions & { secrets?: string } = {},
): Uint8Array {
  const w = writer(order);
  const block = (type: number, body: readonly number[]): number[] => {
    const padded = [...body, ...Array<number>((4 - (body.length % 4)) % 4).fill(0)];
    return [...w(type, 4), ...w(padded.length + 12, 4), ...padded, ...w(padded.length + 12, 4)];
  };
  const file = block(0x0a0d0d0a, [
    ...w(0x1a2b3c4d, 4),
    ...w(1, 2),
    ...w(0, 2),
    ...Array<number>(8).fill(255),
  ]);
  for (const [index, link] of links.entries()) {
    const resolution = index === 0 ? [] : [...w(9, 2), ...w(1, 2), 9, 0, 0, 0, ...w(0, 4)];
    file.push(...block(1, [...w(LINKS[link]![0], 2), 0, 0, ...w(0, 4), ...resolution]));
  }
  if (secrets !== undefined) {
    const text = [...bytesOf(secrets)];
    file.push(...block(10, [...w(0x544c534b, 4), ...w(text.length, 4), ...text]));
  }
  for (const [index, made] of packets.entries()) {
    const which = index % 2;
    const [[data, length] = [[], 0]] = framesOf([made], links[which]!);
    const ticks = BigInt(1000 + index) * (which === 0 ? 1_000_000n : 1_000_000_000n);
    file.push(
      ...block(6, [
        ...w(which, 4),
        ...w(Number(ticks >> 32n), 4),
        ...w(Number(ticks & 0xffff_ffffn), 4),
        ...w(data.length, 4),
        ...w(length, 4),
        ...data,
      ]),
    );
  }
  return Uint8Array.from(file);
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const lines = (start: string, fields: Readonly<Record<string, string | undefined>>): string =>
  `${start}\r\n${Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;

/** A request that opens; fields are added, replaced, and left out where they are `undefined`. */
export const request = (
  fields: Readonly<Record<string, string | undefined>> = {},
  start = "GET /chat HTTP/1.1",
): string =>
  lines(start, {
    Host: "example.com",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    ...fields,
  });

/** The answer that opens. */
export const response = (
  fields: Readonly<Record<string, string | undefined>> = {},
  start = "HTTP/1.1 101 Switching Protocols",
): string =>
  lines(start, {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Accept": ACCEPT,
    ...fields,
  });

let key = 1;

/** A frame; a client's is masked, with another key each time, unless the options say otherwise. */
export function frame(
  side: Side,
  opcode: number,
  payload: Uint8Array | string = "",
  {
    fin = true,
    rsv = 0,
    masked = side === "client",
    mask = 0x01020304 * ++key,
  }: { fin?: boolean; rsv?: number; masked?: boolean; mask?: number } = {},
): Uint8Array {
  const bytes = bytesOf(payload);
  const keys = u32(mask >>> 0);
  const length =
    bytes.length < 126
      ? [bytes.length]
      : bytes.length < 65_536
        ? [126, ...u16(bytes.length)]
        : [127, 0, 0, 0, 0, ...u32(bytes.length)];
  length[0]! |= masked ? 128 : 0;
  const body = masked ? bytes.map((byte, index) => byte ^ keys[index % 4]!) : bytes;
  return Uint8Array.from([
    (fin ? 128 : 0) | (rsv << 4) | opcode,
    ...length,
    ...(masked ? keys : []),
    ...body,
  ]);
}

/** TCP's handshake, an opening, what is said, and TCP's end. Packet 1 is the SYN, 4 the request, 5 the answer, 6 the first of `said`. */
export function conversation(
  said: readonly Said[],
  { ask = request(), answer = response(), end = true } = {},
): Said[] {
  return [
    { side: "client", flags: "S" },
    { side: "server", flags: "SA" },
    { side: "client" },
    { side: "client", data: ask },
    { side: "server", data: answer },
    ...said,
    ...(end
      ? ([
          { side: "server", flags: "F" },
          { side: "client", flags: "F" },
        ] as const)
      : []),
  ];
}

/** Close frames of both, the client's first. */
export const closing: readonly Said[] = [
  { side: "client", data: frame("client", 8, "\u0003\u00e8") },
  { side: "server", data: frame("server", 8, "\u0003\u00e8") },
];
