// The least server that echoes: client frames become server frames inside the buffer they were read into, one write a read. It knows nothing of the
// protocol but what a well-behaved client needs, so that the clients beside it are what is measured.
import { createServer } from "node:net";
import { answer, lengthOf, unmask } from "./least-frames.mjs";

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
