#!/usr/bin/env bash
# websocket 1.0.35, its W3C client: an empty text message is not delivered, an empty binary one is; and a close is clean only with 1000: wasClean is false after
# a full closing handshake with 1001. Guessed: both messages, and clean. Seen: 'ArrayBuffer(0)', then '"last"', '1001 false'; ws 8.23.0 gives '""' first, and true.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "websocket": "1.0.35", "ws": "8.23.0" } }' > package.json
npm install --no-audit --no-fund --silent --ignore-scripts
cat > run.mjs <<'JS'
import websocket from "websocket";
import { WebSocket, WebSocketServer } from "ws";
const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
server.on("connection", (socket) => {
  for (const data of ["", new Uint8Array(0), "last"]) socket.send(data);
  socket.close(1001);
});
server.on("listening", async () => {
  for (const [name, Client] of Object.entries({ websocket: websocket.w3cwebsocket, ws: WebSocket })) {
    const client = new Client(`ws://127.0.0.1:${server.address().port}`);
    client.binaryType = "arraybuffer";
    const seen = [];
    client.onmessage = ({ data }) => seen.push(typeof data === "string" ? JSON.stringify(data) : `ArrayBuffer(${data.byteLength})`);
    const { code, wasClean } = await new Promise((resolve) => (client.onclose = resolve));
    console.log(`${name}:`, ...seen, code, wasClean);
  }
  process.exit();
});
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = 'websocket: ArrayBuffer(0) "last" 1001 false
ws: "" ArrayBuffer(0) "last" 1001 true' ]
