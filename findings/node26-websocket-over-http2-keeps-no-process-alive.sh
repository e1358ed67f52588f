#!/usr/bin/env bash
# Node 26.10.0: a WebSocket of its own that is open over HTTP/2 does not keep the process alive, so that a program which only listens ends with 0, without an event; over HTTP/1.1, to the same server, it
# stays. Guess: it stays. Seen: 'HTTP/2: open, and the program has ended', 'HTTP/1.1: open, and the program goes on'.
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
import { readFileSync } from "node:fs";
import http2 from "node:http2";
import https from "node:https";
const tls = { key: readFileSync("key.pem"), cert: readFileSync("cert.pem") };
const accept = (key) => createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
const servers = {
  "HTTP/2": http2.createSecureServer({ ...tls, settings: { enableConnectProtocol: true } }),
  "HTTP/1.1": https.createServer(tls),
};
servers["HTTP/2"].on("session", (session) => session.on("error", () => {}));
servers["HTTP/2"].on("stream", (stream, fields) => {
  stream.on("error", () => {});
  stream.respond({ ":status": 200, "sec-websocket-accept": accept(fields["sec-websocket-key"]) });
});
servers["HTTP/1.1"].on("upgrade", ({ headers }, socket) => {
  socket.on("error", () => {});
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(headers["sec-websocket-key"])}\r\n\r\n`);
});
for (const [name, server] of Object.entries(servers)) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const program = `new WebSocket("wss://localhost:${server.address().port}").onopen = () => console.log("open")`;
  const client = spawn("node_modules/.bin/node", ["--no-warnings", "-e", program], { env: { ...process.env, NODE_EXTRA_CA_CERTS: "cert.pem" } });
  const said = await new Promise((resolve) => client.stdout.once("data", (text) => resolve(String(text).trim())));
  await new Promise((resolve) => setTimeout(resolve, 3000));
  console.log(`${name}: ${said}, and the program ${client.exitCode === null ? "goes on" : "has ended"}`);
  client.kill();
}
process.exit();
JS
seen=$(node server.mjs)
echo "$seen"
[ "$seen" = "HTTP/2: open, and the program has ended
HTTP/1.1: open, and the program goes on" ]
