#!/usr/bin/env bash
# Bun 1.4.5: a forked process that is sent the socket of an `upgrade` event of node:http gets the message without the socket, and the client is never answered; the socket of a
# node:net server arrives. On Node 20 both do. Seen: "net: got a socket", "upgrade: got no socket". Guess, after the first was seen to work: both arrive.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent bun@1.4.5
cat > run.cjs <<'JS'
const { fork } = require("node:child_process");
const http = require("node:http");
const net = require("node:net");
if (process.argv[2] === "child") {
  process.on("message", (name, socket) => {
    process.send(`${name}: got ${socket === undefined ? "no" : "a"} socket`);
    socket?.end("hello");
  });
} else {
  const child = fork(__filename, ["child"]);
  const servers = {
    net: net.createServer({ pauseOnConnect: true }, (socket) => child.send("net", socket)),
    upgrade: http.createServer().on("upgrade", (_, socket) => child.send("upgrade", socket)),
  };
  const seen = [];
  child.on("message", (what) => {
    seen.push(what);
    console.log(what);
    if (seen.length === 1) ask("upgrade");
    else process.exit(child.kill() ? 0 : 1);
  });
  const ask = (name) => {
    servers[name].listen(0, "127.0.0.1", () => {
      const client = net.connect(servers[name].address().port, "127.0.0.1");
      client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      client.on("error", () => {});
    });
  };
  ask("net");
}
JS
on_node=$(timeout 60 node run.cjs)
on_bun=$(timeout 60 node_modules/.bin/bun run.cjs)
printf 'Node:\n%s\nBun:\n%s\n' "$on_node" "$on_bun"
[ "$on_node" = $'net: got a socket\nupgrade: got a socket' ] && [ "$on_bun" = $'net: got a socket\nupgrade: got no socket' ]
