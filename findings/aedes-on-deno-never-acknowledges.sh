#!/usr/bin/env bash
# aedes 1.2.0 over ws 8.23.0, by createWebSocketStream: on Node 20 MQTT.js 5.16.0 connects; on Deno 2.9.6 the same program waits for CONNACK until its time
# is up, though the WebSocket is open on both sides. Seen: "node: connected", "deno: connack timeout".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "aedes": "1.2.0", "mqtt": "5.16.0", "ws": "8.23.0", "deno": "2.9.6" }, "overrides": { "ws": "8.23.0" } }' > package.json
npm install --no-audit --no-fund --silent
cat > run.mjs <<'JS'
import { Aedes } from "aedes";
import mqtt from "mqtt";
import http from "node:http";
import process from "node:process";
import { createWebSocketStream, WebSocketServer } from "ws";
const broker = await Aedes.createBroker();
const server = http.createServer();
new WebSocketServer({ server }).on("connection", (socket, request) => broker.handle(createWebSocketStream(socket), request));
server.listen(0, "127.0.0.1", () => {
  const client = mqtt.connect(`ws://127.0.0.1:${server.address().port}`, { connectTimeout: 3000, reconnectPeriod: 0 });
  const tell = (what) => { console.log(what); process.exit(0); };
  client.on("connect", () => tell("connected"));
  client.on("error", (error) => tell(error.message));
});
JS
on_node=$(node run.mjs)
on_deno=$(node_modules/.bin/deno run -A --quiet --cached-only --node-modules-dir=manual run.mjs)
echo "node: $on_node"
echo "deno: $on_deno"
[ "$on_node" = connected ] && [ "$on_deno" = "connack timeout" ]
