#!/usr/bin/env bash
# SWI-Prolog 9.0.4 (Debian 12's swi-prolog-nox): `http_open_websocket` asks by HTTP/1.0, which RFC 6455 §4.1 forbids and servers refuse with 505 or 400, unless library(http/http_stream) is loaded,
# which is about chunked bodies and which library(http/websocket) does not load. Guess: HTTP/1.1. Seen: 'GET / HTTP/1.0', with the other library 'GET / HTTP/1.1'. Wants `swipl`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
command -v swipl >/dev/null || { echo "apt-get install swi-prolog-nox first"; exit 1; }
cat > run.mjs <<'JS'
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
const server = net.createServer((socket) => {
  socket.once("data", (head) => {
    console.log(String(head).split("\r\n")[0]);
    socket.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
  });
});
server.listen(0, "127.0.0.1", async () => {
  for (const library of ["http/websocket", "http/http_stream"]) {
    const goal = `use_module(library(http/websocket)), use_module(library(${library})), catch(http_open_websocket('ws://127.0.0.1:${server.address().port}/', _, []), _, true), halt`;
    await once(spawn("swipl", ["-g", goal], { stdio: "ignore" }), "exit");
  }
  process.exit();
});
JS
seen=$(timeout 30 node run.mjs)
echo "$seen"
[ "$seen" = "GET / HTTP/1.0
GET / HTTP/1.1" ]
