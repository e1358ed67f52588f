#!/usr/bin/env bash
# lighttpd 1.4.69 (Debian 12), a WebSocket over HTTP/2 (RFC 8441) to a server of HTTP/1.1: data in a DATA frame that has END_STREAM is lost, and the stream is reset with PROTOCOL_ERROR.
# RFC 9113 §8.1 and §8.5: the data comes first, then the end, as a FIN comes behind the bytes of a TCP connection. A client that ends its stream with its close frame is seen to vanish: 1006.
# Sent in two frames, 50 ms apart, the data arrives. Expected, though not written down before the run: it arrives both ways.
# Seen: "apart: 8882000000000fa2", "together: nothing, PROTOCOL_ERROR". Needs lighttpd with mod_openssl and openssl (apt-get install lighttpd lighttpd-mod-openssl openssl).
set -euo pipefail
PATH=$PATH:/usr/sbin
folder=$(mktemp -d)
lighttpd=
trap 'rm -rf "$folder"; kill $lighttpd 2>/dev/null || true' EXIT
cd "$folder"
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
read -r front back < <(node -e 'const net = require("node:net"); const open = () => net.createServer().listen(0, "127.0.0.1");
const [a, b] = [open(), open()]; b.on("listening", () => { console.log(a.address().port, b.address().port); a.close(); b.close(); });')
cat >lighttpd.conf <<CONF
server.modules += ("mod_openssl", "mod_proxy")
server.document-root = "$folder"
server.bind = "127.0.0.1"
server.port = $front
ssl.engine = "enable"
ssl.pemfile = "$folder/cert.pem"
ssl.privkey = "$folder/key.pem"
server.stream-response-body = 1
proxy.header = ("upgrade" => "enable")
proxy.server = ("" => (("host" => "127.0.0.1", "port" => $back)))
CONF
lighttpd -D -f lighttpd.conf 2>/dev/null &
lighttpd=$!
cat >ends.mjs <<'JS'
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import { setTimeout as pause } from "node:timers/promises";

const [front, back] = process.argv.slice(2);
let behind; // the server's connection
const server = http.createServer().listen(back, "127.0.0.1");
server.on("upgrade", (request, socket) => {
  const key = request.headers["sec-websocket-key"];
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  behind = { socket, got: "" };
  socket.on("data", (data) => (behind.got += data.toString("hex"))).on("end", () => socket.end()).on("error", () => {});
});
await once(server, "listening");
const frame = Buffer.from("8882000000000fa2", "hex"); // close, 4002
async function connected() {
  for (;;) {
    const session = http2.connect(`https://localhost:${front}`, { ca: readFileSync("cert.pem") });
    session.on("error", () => {});
    if (await once(session, "remoteSettings").catch(() => undefined)) return session;
    await pause(100);
  }
}
for (const way of ["apart", "together"]) {
  const session = await connected();
  const stream = session.request({ ":method": "CONNECT", ":protocol": "websocket", ":path": "/", "sec-websocket-version": "13" });
  let code = "";
  stream.on("error", (error) => (code ||= /[A-Z_]{5,}$/.exec(error.message.replace("NGHTTP2_", ""))[0]));
  await once(stream, "response");
  if (way === "together") stream.end(frame);
  else {
    stream.write(frame);
    await pause(50);
    stream.end();
  }
  if (!behind.socket.closed) await once(behind.socket, "close");
  console.log(`${way}: ${behind.got || `nothing, ${code}`}`);
  session.destroy();
}
process.exit();
JS
timeout 30 node ends.mjs "$front" "$back" | tee seen
[ "$(cat seen)" = $'apart: 8882000000000fa2\ntogether: nothing, PROTOCOL_ERROR' ]
