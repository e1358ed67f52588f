/**
 * RFC 6455 frames as the suites' own peer writes and reads them.
 *
 * Written apart from the library's codec, so that a mistake there is not repeated here, and able to
 * say what the library never would: reserved bits, wrong masks, lengths in too long a form.
 */
export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** A frame to send. Left out, a field has the value that a well-behaved peer would send. */
export interface FrameInit {
  readonly opcode: number;
  /** @defaultValue empty; a string goes as UTF-8 */
  readonly payload?: Uint8Array | string;
  /** @defaultValue true */
  readonly fin?: boolean;
  /** The three reserved bits as a number: 4 is RSV1. @defaultValue 0 */
  readonly rsv?: number;
  /** @defaultValue what the peer's role asks for */
  readonly masked?: boolean;
  /** @defaultValue 0x37fa213d, as in the examples of RFC 6455 §5.7 */
  readonly key?: readonly [number, number, number, number];
  /** The form of the length: 7, 16 or 64 bits. @defaultValue the shortest */
  readonly form?: 7 | 16 | 64;
  /** The length that the header declares. @defaultValue the payload's */
  readonly declared?: bigint;
}

/** A frame that was received, unmasked. */
export interface WireFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly masked: boolean;
  readonly key: number;
  readonly form: 7 | 16 | 64;
  readonly payload: Uint8Array;
}

const encoder = new TextEncoder();
const EXAMPLE_KEY = [0x37, 0xfa, 0x21, 0x3d] as const;

/** UTF-8 of a string, or the bytes as they are. */
export function octets(value: Uint8Array | string): Uint8Array {
  return typeof value === "string" ? encoder.encode(value) : value;
}

/** Bytes written as hex, spaces allowed: `hex("ce ba")`. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.from(digits.replaceAll(" ", "").match(/../g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  );
}

/** One array of several. */
export function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** A payload for a close frame. */
export function closePayload(code: number, reason: Uint8Array | string = ""): Uint8Array {
  return concat(Uint8Array.of(code >> 8, code & 255), octets(reason));
}

/** Encodes a frame (RFC 6455 §5.2), right or wrong. @param masks whether the sender's role masks. */
export function encodeFrame(init: FrameInit, masks: boolean): Uint8Array {
  const {
    opcode,
    payload: given = "",
    fin = true,
    rsv = 0,
    masked = masks,
    key = EXAMPLE_KEY,
  } = init;
  const payload = octets(given);
  const declared = init.declared ?? BigInt(payload.length);
  const first = Uint8Array.of((fin ? 0x80 : 0) | (rsv << 4) | opcode);
  const length = encodeLength(declared, init.form, masked);
  if (!masked) return concat(first, length, payload);
  const hidden = Uint8Array.from(payload); // a Buffer's slice() would be a view, and the caller's
  for (let at = 0; at < hidden.length; at++) hidden[at]! ^= key[at & 3]!;
  return concat(first, length, Uint8Array.from(key), hidden);
}

/** The second octet of a frame, and those that lengthen it. */
function encodeLength(
  length: bigint,
  form: 7 | 16 | 64 = length < 126n ? 7 : length < 65_536n ? 16 : 64,
  masked: boolean,
): Uint8Array {
  const octets = [(masked ? 0x80 : 0) | (form === 7 ? Number(length) : form === 16 ? 126 : 127)];
  for (let shift = form === 7 ? 0 : form; shift > 0; shift -= 8)
    octets.push(Number((length >> BigInt(shift - 8)) & 0xffn));
  return Uint8Array.from(octets);
}

/** Reads the frame at the front of `bytes`; `undefined` while it is not all there. */
export function decodeFrame(bytes: Uint8Array): { frame: WireFrame; used: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 127;
  const masked = bytes[1]! >= 128;
  const form = short === 127 ? 64 : short === 126 ? 16 : 7;
  const width = form === 7 ? 0 : form / 8;
  const start = 2 + width + (masked ? 4 : 0);
  if (bytes.length < start) return undefined;
  let length = width === 0 ? short : 0;
  for (let at = 2; at < 2 + width; at++) length = length * 256 + bytes[at]!;
  if (bytes.length < start + length) return undefined;
  const payload = bytes.slice(start, start + length);
  if (masked) for (let at = 0; at < length; at++) payload[at]! ^= bytes[start - 4 + (at & 3)]!;
  const key = masked ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(start - 4) : 0;
  const first = bytes[0]!;
  return {
    frame: {
      opcode: first & 15,
      fin: first >= 128,
      rsv: (first >> 4) & 7,
      masked,
      key,
      form,
      payload,
    },
    used: start + length,
  };
}

/** The answer to a `Sec-WebSocket-Key` (RFC 6455 §4.2.2), by the runtime's own SHA-1. */
export async function acceptFor(key: string): Promise<string> {
  const digest = await crypto.subtle.digest(
    "SHA-1",
    new Uint8Array(encoder.encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)),
  );
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
