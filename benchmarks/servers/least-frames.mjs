// Parts that the least servers share: the answer to an opening, the key of a mask, the length of a frame.
import { createHash } from "node:crypto";

/** Returns the head that accepts an opening with `key`; `fields` are further lines of it. */
export const answer = (key, fields = "") =>
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  `${fields}Sec-WebSocket-Accept: ${createHash("sha1")
    .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64")}\r\n\r\n`;

/** XORs `bytes[start, end)` with the four bytes of `key`, four at a time where it pays. */
export function unmask(bytes, start, end, key) {
  let at = start;
  if (end - start > 256) {
    while ((bytes.byteOffset + at) & 3) bytes[at] ^= key[(at++ - start) & 3];
    const turned = Uint8Array.from([0, 1, 2, 3], (i) => key[(at - start + i) & 3]);
    const word = new Int32Array(turned.buffer)[0];
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, (end - at) >> 2);
    const count = words.length;
    for (let i = 0; i < count; i++) words[i] ^= word;
    at += count << 2;
  }
  for (; at < end; at++) bytes[at] ^= key[(at - start) & 3];
}

/** Returns the length of the payload of the frame at `at`, whose second byte without the mask bit is `short`. */
export const lengthOf = (chunk, at, short) =>
  short < 126
    ? short
    : short === 126
      ? chunk.readUInt16BE(at + 2)
      : Number(chunk.readBigUInt64BE(at + 2));
