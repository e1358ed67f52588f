/** Frames written and read by hand (RFC 6455 §5.2), for peers that belong to neither library. */

/** How a frame is written. A frame for a server is masked, by a key that is always the same. */
export interface FrameParts {
  readonly opcode: number;
  readonly payload?: string | Uint8Array;
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly masked?: boolean;
}

const KEY = [0x37, 0xfa, 0x21, 0x3d];

export function frame(parts: FrameParts): Buffer {
  const { opcode, payload = "", fin = true, rsv = 0, masked = true } = parts;
  const data = Buffer.from(payload as string);
  const head = Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode]);
  const length = lengthOf(data.length, masked ? 0x80 : 0);
  if (!masked) return Buffer.concat([head, length, data]);
  const hidden = data.map((byte, at) => byte ^ KEY[at & 3]!);
  return Buffer.concat([head, length, Buffer.from(KEY), hidden]);
}

/** The field of a payload's length, in its shortest form, beside the bit of a mask. */
function lengthOf(size: number, bit: number): Buffer {
  const field = Buffer.alloc(size > 0xffff ? 9 : size > 125 ? 3 : 1);
  field[0] = bit | (field.length === 9 ? 127 : field.length === 3 ? 126 : size);
  if (field.length === 9) field.writeBigUInt64BE(BigInt(size), 1);
  else if (field.length === 3) field.writeUInt16BE(size, 1);
  return field;
}

/** The payload of a close frame. */
export function closing(code: number, reason: string | Uint8Array = ""): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason as string)]);
}

const NAMES: Readonly<Record<number, string>> = {
  0: "continuation",
  1: "text",
  2: "binary",
  8: "close",
  9: "ping",
  10: "pong",
};

/** A payload in words: text where it is printable, else its length and bytes. */
export function inWords(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("latin1");
  if (bytes.length > 40) return `${bytes.length} bytes of ${JSON.stringify(text.slice(0, 8))}`;
  return /^[\x20-\x7e]*$/.test(text)
    ? JSON.stringify(text)
    : `<${Buffer.from(bytes).toString("hex")}>`;
}

/** Reads what a peer has sent, frame by frame, as words: `binary fin masked "abc"`. */
export class FrameReader {
  private rest = Buffer.alloc(0);

  push(
    bytes: Uint8Array,
  ): { readonly words: string; readonly opcode: number; readonly payload: Buffer }[] {
    this.rest = Buffer.concat([this.rest, bytes]);
    const found = [];
    for (let next = this.next(); next !== undefined; next = this.next()) found.push(next);
    return found;
  }

  private next(): { words: string; opcode: number; payload: Buffer } | undefined {
    const { rest } = this;
    if (rest.length < 2) return undefined;
    const short = rest[1]! & 127;
    const masked = rest[1]! >= 128;
    const lengthEnd = short === 127 ? 10 : short === 126 ? 4 : 2;
    const start = lengthEnd + (masked ? 4 : 0);
    if (rest.length < start) return undefined;
    const size =
      short === 127
        ? Number(rest.readBigUInt64BE(2))
        : short === 126
          ? rest.readUInt16BE(2)
          : short;
    if (rest.length < start + size) return undefined;
    const key = rest.subarray(lengthEnd, start);
    const payload = Buffer.from(rest.subarray(start, start + size));
    if (masked) for (let at = 0; at < size; at++) payload[at]! ^= key[at & 3]!;
    this.rest = Buffer.from(rest.subarray(start + size));
    const opcode = rest[0]! & 15;
    const bits = (rest[0]! >> 4) & 7;
    const flags = [
      rest[0]! >= 128 ? "fin" : "more",
      bits === 0 ? "" : `rsv=${bits}`,
      masked ? "masked" : "",
    ].filter((flag) => flag !== "");
    return {
      words: [NAMES[opcode] ?? `opcode ${opcode}`, ...flags, inWords(payload)].join(" "),
      opcode,
      payload,
    };
  }
}
