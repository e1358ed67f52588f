#!/usr/bin/env bash
# Node 26.10.0 (undici 8.10.2): its own WebSocket opens over HTTP/2 where the server allows it, and fails unless the answer has the Sec-WebSocket-Accept of HTTP/1.1, which RFC 8441 §5 does without; with
# that field it opens. undici 8.12.4 no longer asks for it. Guess: it opens as Chromium does. Seen: 'without: error, close 1006', 'with: open'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "dependencies": { "node": "26.10.0" } }' > package.json
npm install --no-audit --no-fund --silent
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout key.pem -out cert.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost 2> log
cat > server.mjs <<'JS'
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http2 from "node:http2";
let hasAccept = false;
const server = http2.createSecureServer({ key: readFileSync("key.pem"), cert: readFileSync("cert.pem"), settings: { enableConnectProtocol: true } });
server.on("session", (session) => session.on("error", () => {}));
server.on("stream", (stream, fields) => {
  stream.on("error", () => {});
  const key = fields["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  stream.respond({ ":status": 200, ...(hasAccept ? { "sec-websocket-accept": createHash("sha1").update(key).digest("base64") } : {}) });
});
server.listen(0, "127.0.0.1", async () => {
  for (hasAccept of [false, true]) {
    const client = spawn("node_modules/.bin/node", ["--no-warnings", "client.mjs", `wss://localhost:${server.address().port}`], { env: { ...process.env, NODE_EXTRA_CA_CERTS: "cert.pem" } });
    let said = "";
    client.stdout.on("data", (text) => (said += text));
    await once(client, "close");
    console.log(`${hasAccept ? "with" : "without"}: ${said.trim()}`);
  }
  process.exit();
});
JS
cat > client.mjs <<'JS'
const socket = new WebSocket(process.argv[2]);
const said = [];
setTimeout(() => end("nothing"), 10_000);
const end = (word) => {
  console.log([...said, word].join(", "));
  process.exit();
};
socket.onopen = () => end("open");
socket.onerror = () => said.push("error");
socket.onclose = ({ code }) => end(`close ${code}`);
JS
seen=$(node server.mjs)
echo "$seen"
[ "$seen" = "without: error, close 1006
with: open" ]
