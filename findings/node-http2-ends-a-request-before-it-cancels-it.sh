#!/usr/bin/env bash
# Node 24.21.0, node:http2 (20, 22 and 26, Bun 1.4.5 and Deno 2.9.6 too): `stream.close(NGHTTP2_CANCEL)` of a client whose request has no end yet sends an empty DATA frame with END_STREAM before RST_STREAM. So a server may take a
# request that was given up for one that is complete: its END_STREAM comes first. Seen on the wire, stream 1: "HEADERS, DATA+END_STREAM, RST_STREAM 8". Guess: "HEADERS, RST_STREAM 8".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent node@24.21.0
cat > run.mjs <<'JS'
import http2 from "node:http2";
import net from "node:net";
// A bare server: reads frames of one client, answers SETTINGS, and prints what comes on stream 1.
const types = ["DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH", "PING", "GOAWAY", "WINDOW_UPDATE", "CONTINUATION"];
const seen = [];
const server = net.createServer((socket) => {
  let rest = Buffer.alloc(0), preface = false;
  socket.on("error", () => {});
  socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
  socket.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    if (!preface) { if (rest.length < 24) return; rest = rest.subarray(24); preface = true; }
    while (rest.length >= 9) {
      const length = rest.readUIntBE(0, 3); if (rest.length < 9 + length) return;
      const type = rest[3], flags = rest[4], id = rest.readUInt32BE(5);
      if (id === 1) seen.push(`${types[type]}${type === 0 && flags & 1 ? "+END_STREAM" : ""}${type === 3 ? " " + rest.readUInt32BE(9) : ""}`);
      if (type === 4 && !(flags & 1)) socket.write(Buffer.from([0, 0, 0, 4, 1, 0, 0, 0, 0]));
      if (type === 1) socket.write(Buffer.from([0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88])); // :status 200
      rest = rest.subarray(9 + length);
      if (type === 3) { console.log(seen.join(", ")); process.exit(); }
    }
  });
}).listen(0, "127.0.0.1", () => {
  const session = http2.connect(`http://127.0.0.1:${server.address().port}`);
  const stream = session.request({ ":method": "POST" }, { endStream: false });
  stream.on("error", () => {});
  stream.on("response", () => stream.close(http2.constants.NGHTTP2_CANCEL));
});
setTimeout(() => { console.log("none:", seen.join(", ")); process.exit(); }, 5000);
JS
seen=$(node_modules/.bin/node run.mjs)
echo "$seen"
[ "$seen" = "HEADERS, DATA+END_STREAM, RST_STREAM 8" ]
