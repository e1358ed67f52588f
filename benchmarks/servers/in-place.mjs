// The least server that echoes: client frames become server frames inside the buffer they were read into, one write a read. It knows nothing of the
// protocol but what a well-behaved client needs, so that the clients beside it are what is measured.
import { createHash } from "node:crypto";
import { createServer } from "node:net";

const answer = (key) =>
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  `Sec-WebSocket-Accept: ${createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64")}\r\n\r\n`;

/** XORs `bytes[start, end)` with `key`, four bytes at a time where it pays. */
function unmask(bytes, start, end, key) {
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

const lengthOf = (chunk, at, short) =>
  short < 126
    ? short
    : short === 126
      ? chunk.readUInt16BE(at + 2)
      : Number(chunk.readBigUInt64BE(at + 2));

/** Moves what whole frames of `chunk` become to its beginning, and returns how much that is and how far it got. */
function rewrite(chunk) {
  let from = 0;
  let to = 0;
  for (;;) {
    if (chunk.length - from < 2) break;
    const short = chunk[from + 1] & 127;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (chunk.length - from < head + 4) break;
    const size = lengthOf(chunk, from, short);
    const body = from + head + 4;
    const end = body + size;
    if (chunk.length < end) break;
    const key = Uint8Array.of(chunk[body - 4], chunk[body - 3], chunk[body - 2], chunk[body - 1]);
    unmask(chunk, body, end, key);
    chunk[from + 1] = short;
    chunk.copyWithin(to, from, from + head);
    chunk.copyWithin(to + head, body, end);
    to += head + size;
    from = end;
  }
  return { from, to };
}

const server = createServer({ noDelay: true }, (socket) => {
  let head = "";
  let rest;
  socket.on("error", () => {}); // clients are stopped by force
  socket.on("data", (chunk) => {
    if (head !== undefined) {
      head += chunk.latin1Slice();
      if (!head.endsWith("\r\n\r\n")) return;
      socket.write(answer(/^sec-websocket-key: *(.+?) *\r$/im.exec(head)[1]));
      head = undefined;
      return;
    }
    const all = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    const { from, to } = rewrite(all);
    rest = from < all.length ? Buffer.from(all.subarray(from)) : undefined;
    if (to > 0) socket.write(all.subarray(0, to));
  });
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
