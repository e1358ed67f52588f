#!/usr/bin/env bash
# undici 7.30.2, and so the WebSocket of Node: a text message that begins with U+FEFF arrives without it, since the decoder takes it for a byte order mark.
# WHATWG decodes messages without looking for one, and ws 8.23.0 keeps it. Guessed: both keep it. Seen: "undici abc", "ws feff abc".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "undici": "7.30.2", "ws": "8.23.0" } }' > package.json
npm install --no-audit --no-fund --silent
cat > run.mjs <<'JS'
import { WebSocket as FromUndici } from "undici";
import { WebSocket, WebSocketServer } from "ws";
const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
server.on("connection", (socket) => socket.send("\ufeffabc"));
server.on("listening", async () => {
  for (const [name, Client] of Object.entries({ undici: FromUndici, ws: WebSocket })) {
    const client = new Client(`ws://127.0.0.1:${server.address().port}`);
    const { data } = await new Promise((resolve) => (client.onmessage = resolve));
    console.log(name, data.replace("\ufeff", "feff "));
  }
  process.exit();
});
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = "undici abc
ws feff abc" ]
