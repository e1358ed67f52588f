import { headerSizeOf, writeHeader, writeUint32 } from "../../frame/header.ts";
import { applyMask } from "../../frame/mask.ts";
import { joinBytes } from "../recorder.ts";

/** How a frame for a test departs from a plain, final, unmasked one. */
export interface FrameShape {
  /** @defaultValue true */
  readonly fin?: boolean;
  /** The three reserved bits, RSV1 being 4. @defaultValue 0 */
  readonly rsv?: number;
  /** The masking key; none leaves the frame unmasked. */
  readonly key?: number;
}

const encoder = new TextEncoder();

/** The UTF-8 of `text`. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** One frame (RFC 6455 §5.2), under its shortest header. */
export function frame(
  opcode: number,
  payload: Uint8Array | string,
  { fin = true, rsv = 0, key }: FrameShape = {},
): Uint8Array {
  const data = typeof payload === "string" ? utf8(payload) : payload.slice();
  const header = headerSizeOf(data.length);
  const bytes = new Uint8Array(header + (key === undefined ? 0 : 4) + data.length);
  const from = bytes.length - data.length;
  writeHeader(
    bytes,
    0,
    header,
    (fin ? 0x80 : 0) | (rsv << 4) | opcode,
    key === undefined ? 0 : 0x80,
    data.length,
  );
  if (key !== undefined) {
    writeUint32(bytes, header, key);
    applyMask(data, 0, data.length, key);
  }
  bytes.set(data, from);
  return bytes;
}

/** A frame as a client sends it. */
export const masked = (
  opcode: number,
  payload: Uint8Array | string,
  shape: FrameShape = {},
): Uint8Array => frame(opcode, payload, { key: 0x01020304, ...shape });

/** The payload of a close frame. */
export const closePayload = (code: number, reason = ""): Uint8Array =>
  joinBytes([Uint8Array.of(code >> 8, code & 255), utf8(reason)]);

/** The opening request of a client with the key of RFC 6455 §1.3, for paths and fields to be changed. */
export function openingHead(
  fields: Readonly<Record<string, string | undefined>> = {},
  target = "/",
): Uint8Array {
  const all = {
    Host: "localhost",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    ...fields,
  };
  const lines = Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}`);
  return utf8([`GET ${target} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
}

/** Cuts `bytes` at the given offsets, each piece in memory of its own. */
export function cut(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const ends = [...offsets, bytes.length];
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (const end of ends) {
    pieces.push(bytes.slice(start, end));
    start = end;
  }
  return pieces;
}
