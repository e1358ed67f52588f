// The least server that counts: it does the work that no server can leave out, and knows only as much of the protocol as a well-behaved
// client needs. It gives each message to a handler, as Buffer or string, which sends it; all frames sent during a read leave in one write.
// The time that another server takes beyond this is its own; below this, only other APIs than Node's public ones lead.
import { deflateRawSync, inflateRawSync, constants } from "node:zlib";
import { answer, lengthOf, unmask } from "./least-frames.mjs";
import { listen, mode, server } from "./mode.mjs";

const isCompressed = mode === "deflate" || mode === "takeover";
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);
const flushing = { finishFlush: constants.Z_SYNC_FLUSH };

/** The field of an answer that agrees to compression. */
const agreed = isCompressed
  ? "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n"
  : "";

/** Adds a whole frame to what `peer` has to write. */
function frame(peer, first, payload) {
  const size = payload.length;
  const head = size < 126 ? 2 : size < 65536 ? 4 : 10;
  if (size > 16384) {
    const bytes = Buffer.allocUnsafe(head);
    writeHead(bytes, 0, first, size);
    peer.pieces.push(bytes, payload);
  } else {
    if (peer.at + head + size > peer.room.length) settle(peer, Math.max(head + size, 4096));
    writeHead(peer.room, peer.at, first, size);
    payload.copy(peer.room, peer.at + head);
    peer.at += head + size;
  }
}

function writeHead(bytes, at, first, size) {
  bytes[at] = first;
  if (size < 126) bytes[at + 1] = size;
  else if (size < 65536) {
    bytes[at + 1] = 126;
    bytes.writeUInt16BE(size, at + 2);
  } else {
    bytes[at + 1] = 127;
    bytes.writeBigUInt64BE(BigInt(size), at + 2);
  }
}

/** Makes a piece of what is in the room, and a room of `size` bytes. */
function settle(peer, size) {
  if (peer.at > 0) peer.pieces.push(peer.room.subarray(0, peer.at));
  peer.room = size === 0 ? NONE : Buffer.allocUnsafe(size);
  peer.at = 0;
}
const NONE = Buffer.alloc(0);

function flush(peer) {
  settle(peer, 0);
  write(peer.stream, peer.pieces);
  peer.pieces = [];
}

function write(stream, pieces) {
  if (pieces.length === 1) stream.write(pieces[0]);
  else if (pieces.length > 1) {
    stream.cork();
    for (const piece of pieces) stream.write(piece);
    stream.uncork();
  }
}

const peers = new Set();
/** Frames for all connections during a read: the same bytes for each. */
const everyone = { pieces: [], room: NONE, at: 0, stream: undefined };
const isBroadcast = mode === "broadcast" || mode === "loop";

/** The application: it sends each message back, or to all. */
function handle(peer, data, isText) {
  const payload = typeof data === "string" ? Buffer.from(data) : data;
  const first = 0x80 | (isCompressed ? 0x40 : 0) | (isText ? 1 : 2);
  frame(
    isBroadcast ? everyone : peer,
    first,
    isCompressed ? deflateRawSync(payload, flushing).subarray(0, -4) : payload,
  );
}

function whole(peer, first, payload) {
  const opcode = first & 15;
  if (opcode === 8) {
    frame(peer, 0x88, payload);
    flush(peer);
    peer.stream.end();
    return;
  }
  if (opcode !== 0) peer.isText = opcode === 1;
  if ((first & 0x80) === 0 || peer.parts.length > 0) {
    peer.parts.push(payload);
    if ((first & 0x80) === 0) return;
    payload = Buffer.concat(peer.parts);
    peer.parts = [];
  }
  const data = isCompressed ? inflateRawSync(Buffer.concat([payload, TAIL]), flushing) : payload;
  // As strings where our own servers get strings: a relay looks at no text.
  handle(peer, peer.isText && mode !== "relay" ? data.latin1Slice() : data, peer.isText);
}

/** How many bytes the frame at `at` has, as far as that is known. */
function extent(chunk, at) {
  if (chunk.length - at < 2) return 2;
  const short = chunk[at + 1] & 127;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (chunk.length - at < head) return head;
  return head + 4 + lengthOf(chunk, at, short);
}

function receive(peer, chunk) {
  if (peer.held.length > 0) {
    peer.held.push(chunk);
    peer.heldBytes += chunk.length;
    if (peer.heldBytes < peer.wanted) return;
    chunk = Buffer.concat(peer.held);
    peer.held = [];
  }
  let at = 0;
  while (at < chunk.length) {
    const size = extent(chunk, at);
    if (chunk.length - at < size) {
      peer.held = [chunk.subarray(at)];
      peer.heldBytes = chunk.length - at;
      peer.wanted = size;
      break;
    }
    const short = chunk[at + 1] & 127;
    const start = at + (short < 126 ? 6 : short === 126 ? 8 : 14);
    unmask(chunk, start, at + size, chunk.subarray(start - 4, start));
    whole(peer, chunk[at], chunk.subarray(start, at + size));
    at += size;
  }
  if (!isBroadcast) return flush(peer);
  settle(everyone, 0);
  for (const { stream } of peers) write(stream, everyone.pieces);
  everyone.pieces = [];
}

server.on("upgrade", (request, stream) => {
  stream.setNoDelay(true);
  stream.setTimeout(0);
  stream.on("error", () => {}); // clients are stopped by force
  const peer = {
    stream,
    pieces: [],
    room: NONE,
    at: 0,
    parts: [],
    isText: false,
    held: [],
    heldBytes: 0,
    wanted: 0,
  };
  peers.add(peer);
  stream.on("close", () => peers.delete(peer));
  stream.write(answer(request.headers["sec-websocket-key"], agreed));
  stream.on("data", (chunk) => receive(peer, chunk));
});
listen();
