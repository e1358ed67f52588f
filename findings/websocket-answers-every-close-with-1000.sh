#!/usr/bin/env bash
# websocket 1.0.35 (theturtle32's) as a server: it answers every close frame with 1000 and no reason, so that a client that closes with 4001 hears 1000;
# and a close frame without a code, which is the clean close of close(), it reports as 1006, "Connection dropped by remote peer.".
# Guessed: the code that came, and 1005. Seen, with ws 8.23.0 as the client: "4001: server 4001, client 1000", "none: server 1006, client 1000".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module", "dependencies": { "websocket": "1.0.35", "ws": "8.23.0" } }' > package.json
npm install --no-audit --no-fund --silent --ignore-scripts
cat > run.mjs <<'JS'
import http from "node:http";
import websocket from "websocket";
import { WebSocket } from "ws";
const httpServer = http.createServer();
const server = new websocket.server({ httpServer, autoAcceptConnections: true });
httpServer.listen(0, "127.0.0.1", async () => {
  for (const code of [4001, undefined]) {
    const atServer = new Promise((resolve) => server.once("connect", (one) => one.on("close", resolve)));
    const client = new WebSocket(`ws://127.0.0.1:${httpServer.address().port}`);
    client.on("open", () => client.close(code));
    const atClient = await new Promise((resolve) => client.on("close", resolve));
    console.log(`${code ?? "none"}: server ${await atServer}, client ${atClient}`);
  }
  process.exit();
});
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = "4001: server 4001, client 1000
none: server 1006, client 1000" ]
